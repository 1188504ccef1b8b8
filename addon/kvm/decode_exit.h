// Turns the shared run area into an Exit.
#pragma once

#include <span>

#include "kvm/exit.h"

namespace volt::kvm {

/// `run_area` is a vCPU's whole shared area after KVM_RUN returned 0; the exit's data points into it.
[[nodiscard]] Exit decode_exit(std::span<std::uint8_t> run_area);

} // namespace volt::kvm
