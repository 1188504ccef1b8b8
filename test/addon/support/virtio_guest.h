// Tiny guests that drive a virtio device by machine code, on KVM.
#pragma once

#include "power_guest.h"

namespace volt::test {

constexpr std::uint32_t virtio_window = 0xd0000000;
constexpr std::uint32_t virtio_gsi = 5;

/// Where the guest's one queue of 4 lies: descriptors, available ring, used ring.
constexpr std::uint64_t guest_descriptors = 0x10000;
constexpr std::uint64_t guest_available = 0x11000;
constexpr std::uint64_t guest_used = 0x12000;

/// A virtio-rng at virtio_window, on virtio_gsi.
[[nodiscard]] DevicePlan rng_device();
/// A virtio-block there, of `sectors`, with the backends `image` and, if told, `overlay`.
[[nodiscard]] DevicePlan block_device(std::uint64_t sectors, bool has_overlay);
/// A virtio-console there.
[[nodiscard]] DevicePlan console_device();
/// The same device in the next window, on the next GSI.
[[nodiscard]] DevicePlan beside(DevicePlan device);

/// mov dword [virtio_window + offset], value
[[nodiscard]] Code put_register(std::uint32_t offset, std::uint32_t value);
/// From the reset to DRIVER_OK, with queue 0 as above and no feature but VIRTIO_F_VERSION_1.
[[nodiscard]] Code start_device();
/// Loads for the plan: a descriptor table and an available ring that offers its first entry.
[[nodiscard]] std::vector<LoadItem> queue_with(const std::vector<std::uint8_t>& descriptors);
/// A descriptor's bytes.
[[nodiscard]] Code descriptor(std::uint64_t address, std::uint32_t size_bytes, std::uint16_t flags, std::uint16_t next);
/// Prints the used ring's index as a digit.
[[nodiscard]] Code print_used_index();

} // namespace volt::test
