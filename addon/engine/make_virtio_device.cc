// One way to make each kind of device.
#include "engine/make_virtio_device.h"

#include "devices/virtio/balloon_device.h"
#include "devices/virtio/console_device.h"
#include "devices/virtio/fs_device.h"
#include "devices/virtio/net_device.h"
#include "devices/virtio/page_run.h"
#include "devices/virtio/rng_device.h"
#include "devices/virtio/tap_backend.h"
#include "devices/virtio/vhost_net_device.h"
#include "devices/virtio/vsock/vsock_device.h"
#include "engine/open_disk.h"

namespace volt {

namespace {

using Made = Result<std::unique_ptr<virtio::VirtioDevice>>;

struct DeviceMaker {
  const DeviceSurroundings& around;
  virtio::EventLoop& loop;
  std::uint16_t queue_size;
  const LossHandlers& on_loss;

  Made operator()(const RngPlan& plan) const { return Made(std::make_unique<virtio::RngDevice>(plan.rate)); }
  Made operator()(const BlockPlan& plan) const {
    auto disk = TRY(open_disk(plan, around.files, around.rings, loop));
    return Made(std::make_unique<virtio::BlockDevice>(plan.options, std::move(disk), queue_size));
  }
  Made operator()(const NetPlan& plan) const {
    std::vector<FileDescriptor> queues = TRY(copies_of(plan.backends));
    if (plan.vhost.empty())
      return Made(TRY(virtio::NetDevice::create(plan.options, std::move(queues), on_loss.link_down)));
    auto tap = TRY(virtio::TapBackend::create(std::move(queues)));
    std::vector<FileDescriptor> devices = TRY(copies_of(plan.vhost));
    return Made(TRY(virtio::VhostNetDevice::create(
        plan.options, std::move(tap), std::move(devices),
        {.memory = around.memory, .loop = loop, .on_link_down = on_loss.link_down, .on_lost = on_loss.back_end_down})));
  }
  Made operator()(const VsockPlan& plan) const {
    auto listener = TRY(FileDescriptor::duplicate(around.files.at(plan.listener).get()));
    auto connector = TRY(FileDescriptor::duplicate(around.files.at(plan.connector).get()));
    const virtio::VsockOptions options{.guest_cid = plan.cid};
    return Made(TRY(virtio::VsockDevice::create(options, std::move(listener), std::move(connector), loop)));
  }
  Made operator()(const BalloonPlan& plan) const {
    virtio::BalloonOptions options = plan.options;
    options.target_pages = virtio::balloon_pages(around.memory.size_bytes(), plan.target_bytes);
    return Made(std::make_unique<virtio::BalloonDevice>(options));
  }
  Made operator()(const FsPlan& plan) const {
    auto socket = TRY(FileDescriptor::duplicate(around.files.at(plan.backend).get()));
    const virtio::FsDevice::Options options{.tag = plan.tag};
    return Made(TRY(virtio::FsDevice::create(options, std::move(socket), around.memory, loop, on_loss.back_end_down)));
  }
  Made operator()(const ConsolePlan&) const { return Made(std::make_unique<virtio::ConsoleDevice>(around.console)); }

  [[nodiscard]] Result<std::vector<FileDescriptor>> copies_of(const std::vector<std::string>& names) const {
    std::vector<FileDescriptor> copies;
    for (const std::string& name : names)
      copies.push_back(TRY(FileDescriptor::duplicate(around.files.at(name).get())));
    return copies;
  }
};

} // namespace

Result<std::unique_ptr<virtio::VirtioDevice>> make_virtio_device(const VirtioPlan& plan,
                                                                 const DeviceSurroundings& around,
                                                                 virtio::EventLoop& loop, const LossHandlers& on_loss) {
  return std::visit(DeviceMaker{around, loop, plan.queue_size, on_loss}, plan.model);
}

} // namespace volt
