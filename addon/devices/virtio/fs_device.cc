// Identity and configuration; the queues are the daemon's.
#include "devices/virtio/fs_device.h"

#include <cassert>
#include <linux/virtio_ids.h>

namespace volt::virtio {

namespace {

/// One is what QEMU's virtiofsd serves.
constexpr std::uint16_t request_queues = 1;
/// In front of them (virtio 1.2 §5.11.2).
constexpr std::uint16_t priority_queues = 1;

} // namespace

Result<std::unique_ptr<FsDevice>> FsDevice::create(const Options& options, FileDescriptor socket,
                                                   const GuestMemory& memory, EventLoop& loop, LostHandler on_lost) {
  VhostUserChannel channel = TRY(VhostUserChannel::create(std::move(socket)));
  BackEnd back_end{.channel = std::move(channel), .patience = options.patience, .on_lost = std::move(on_lost)};
  std::unique_ptr<FsDevice> device(new FsDevice(options.tag, std::move(back_end), loop));
  TRY(device->open(memory));
  return device;
}

FsDevice::FsDevice(std::string_view tag, BackEnd back_end, EventLoop& loop)
    : VhostUserDevice(std::move(back_end), loop) {
  assert(!tag.empty() && tag.size() <= maximum_tag_bytes);
  std::memcpy(configuration_.tag, tag.data(), tag.size());
  configuration_.num_request_queues = request_queues;
}

std::uint32_t FsDevice::type() const {
  return VIRTIO_ID_FS;
}

std::uint16_t FsDevice::queue_count() const {
  return priority_queues + request_queues;
}

void FsDevice::read_configuration(std::uint64_t offset, std::span<std::uint8_t> data) {
  read_structure(configuration_, offset, data);
}

} // namespace volt::virtio
