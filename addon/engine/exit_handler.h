// What the machine does about each reason for which KVM_RUN comes back.
#pragma once

#include <optional>

#include "engine/board.h"
#include "engine/stop_report.h"
#include "kvm/vcpu.h"

namespace volt {

/// Serves `exit` of `vcpu` on its thread. The report says how the machine has to end; nothing means that the guest goes
/// on.
[[nodiscard]] std::optional<StopReport> handle_exit(const kvm::Exit& exit, const kvm::Vcpu& vcpu, const Board& board);

/// KVM_RUN or a device failed on the host's side.
[[nodiscard]] StopReport host_error_report(const Error& error);

} // namespace volt
