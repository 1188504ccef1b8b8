// Why KVM_RUN came back, as values that need no kernel header.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "memory/guest_address.h"

namespace volt::kvm {

enum class Direction { read, write };

/// A port access, `count` times for a string instruction; `data` is `count` items of `size_bytes`, to be filled for
/// reads.
struct IoExit {
  std::uint16_t port = 0;
  std::uint8_t size_bytes = 0;
  Direction direction = Direction::read;
  std::span<std::uint8_t> data;
};

/// An access to guest-physical memory that no slot backs; `data` is to be filled for reads.
struct MmioExit {
  GuestAddress address;
  Direction direction = Direction::read;
  std::span<std::uint8_t> data;
};

/// Nothing happened to the guest: a signal, an interrupt window. Run it again or stop.
struct InterruptedExit {};

/// The processor waits for INIT or SIPI, or has just got one (EAGAIN). Run it again or stop, but not in a tight loop.
struct NotRunnableExit {};

/// HLT that KVM does not handle itself: only without in-kernel interrupt controllers.
struct HaltExit {};

/// The processor shut down, as after a triple fault.
struct ShutdownExit {};

enum class SystemEvent { shutdown, reset, crash, other };

struct SystemEventExit {
  SystemEvent event = SystemEvent::other;
  std::uint32_t number = 0;
};

struct InternalErrorExit {
  std::uint32_t suberror = 0;
  /// Bytes at rip, where KVM tells them.
  std::vector<std::uint8_t> instruction;
};

struct FailEntryExit {
  std::uint64_t hardware_reason = 0;
};

/// An exit that a guest of ours cannot cause; `name` is the constant's without KVM_EXIT_.
struct UnexpectedExit {
  std::uint32_t number = 0;
  std::string_view name;
};

using Exit = std::variant<IoExit, MmioExit, InterruptedExit, NotRunnableExit, HaltExit, ShutdownExit, SystemEventExit,
                          InternalErrorExit, FailEntryExit, UnexpectedExit>;

/// What KVM_INTERNAL_ERROR_* a suberror is.
[[nodiscard]] std::string_view internal_error_name(std::uint32_t suberror);

/// KVM_INTERNAL_ERROR_EMULATION.
constexpr std::uint32_t emulation_failure = 1;

} // namespace volt::kvm
