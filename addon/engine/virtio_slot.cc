// Descriptors between a device and KVM.
#include "engine/virtio_slot.h"

#include <linux/virtio_mmio.h>
#include <sys/epoll.h>
#include <unistd.h>

namespace volt {

namespace {

void take_count(const FileDescriptor& counter) {
  std::uint64_t count = 0;
  static_cast<void>(read(counter.get(), &count, sizeof count)); // one round serves all notifications so far
}

} // namespace

GuestAddress VirtioSlot::notify_register() const {
  return {place_.window.value + VIRTIO_MMIO_QUEUE_NOTIFY};
}

Result<void> VirtioSlot::connect(std::unique_ptr<virtio::VirtioDevice> device, const GuestMemory& memory) {
  device_ = std::move(device);
  transport_ = std::make_unique<virtio::MmioTransport>(
      *device_, virtio::MmioTransport::Surroundings{memory, *loop_, *this, *this}, place_.queue_size);
  interrupt_ = TRY(FileDescriptor::event_counter());
  TRY(vm_.raise_on_event(place_.gsi, interrupt_));
  const std::uint16_t queues = device_->queue_count();
  notifications_.reserve(queues);
  for (std::uint16_t index = 0; index < queues; ++index) {
    const FileDescriptor& counter = notifications_.emplace_back(TRY(FileDescriptor::event_counter()));
    TRY(vm_.notify_on_write(notify_register(), index, counter));
  }
  if (device_->take_notifications(*this)) return {};
  for (std::uint16_t index = 0; index < queues; ++index) {
    TRY(loop_->watch(notifications_[index].get(), EPOLLIN, [this, index](std::uint32_t) {
      take_count(notifications_[index]);
      transport_->notified(index);
    }));
  }
  return {};
}

// Between the two calls a notification is an exit, and none of the counter's: it is at 1 anyway.
Result<int> VirtioSlot::renew(std::uint16_t queue) {
  FileDescriptor counter = TRY(FileDescriptor::event_counter(1));
  TRY(vm_.stop_notifying_on_write(notify_register(), queue, notifications_[queue]));
  TRY(vm_.notify_on_write(notify_register(), queue, counter));
  notifications_[queue] = std::move(counter);
  return notifications_[queue].get();
}

VirtioSlot::~VirtioSlot() {
  stop();
}

Result<void> VirtioSlot::start() {
  return loop_->start(place_.id.substr(0, 15), [this](const Error& error) { listener_.device_failed(error); });
}

void VirtioSlot::stop() {
  if (transport_ != nullptr) loop_->call([this] { transport_->shut_down(); });
  loop_->stop();
}

void VirtioSlot::trigger() {
  const std::uint64_t one = 1;
  static_cast<void>(write(interrupt_.get(), &one, sizeof one)); // full means that interrupts wait already
}

} // namespace volt
