// Structures, flags and features of split virtqueues, by the names of virtio 1.2 §2.7; the kernel's header for them is
// none for C++.
#pragma once

#include <cstddef>
#include <cstdint>

namespace volt::virtio {

/// §2.7.5.
struct virtq_desc {
  std::uint64_t addr;
  std::uint32_t len;
  std::uint16_t flags;
  std::uint16_t next;
};
static_assert(sizeof(virtq_desc) == 16 && offsetof(virtq_desc, flags) == 12);

constexpr std::uint16_t VIRTQ_DESC_F_NEXT = 1;
constexpr std::uint16_t VIRTQ_DESC_F_WRITE = 2;
constexpr std::uint16_t VIRTQ_DESC_F_INDIRECT = 4;

/// §2.7.6 and §2.7.8.
constexpr std::uint16_t VIRTQ_AVAIL_F_NO_INTERRUPT = 1;
constexpr std::uint16_t VIRTQ_USED_F_NO_NOTIFY = 1;

/// Alignments, §2.7.
constexpr std::uint64_t VIRTQ_DESC_ALIGN = 16;
constexpr std::uint64_t VIRTQ_AVAIL_ALIGN = 2;
constexpr std::uint64_t VIRTQ_USED_ALIGN = 4;

/// Numbers of feature bits, §6.
constexpr unsigned VIRTIO_F_INDIRECT_DESC = 28;
constexpr unsigned VIRTIO_F_EVENT_IDX = 29;

/// §2.7.7.2: whether an index that went from `before` to `now` passed `event`.
constexpr bool virtq_need_event(std::uint16_t event, std::uint16_t now, std::uint16_t before) {
  return static_cast<std::uint16_t>(now - event - 1) < static_cast<std::uint16_t>(now - before);
}

} // namespace volt::virtio
