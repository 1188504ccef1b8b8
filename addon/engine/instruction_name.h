// Names of instructions that KVM's emulator is known to refuse, for messages.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace volt {

/// Name of the instruction that `bytes` start with, as code for a 64-bit processor; empty when it is not in the table.
[[nodiscard]] std::string_view instruction_name(std::span<const std::uint8_t> bytes);

} // namespace volt
