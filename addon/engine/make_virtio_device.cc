// One way to make each kind of device.
#include "engine/make_virtio_device.h"

#include "devices/virtio/rng_device.h"
#include "engine/open_disk.h"

namespace volt {

namespace {

using Made = Result<std::unique_ptr<virtio::VirtioDevice>>;

struct DeviceMaker {
  const PlanDescriptors& files;
  virtio::EventLoop& loop;
  std::uint16_t queue_size;

  Made operator()(const RngPlan& plan) const { return Made(std::make_unique<virtio::RngDevice>(plan.rate)); }
  Made operator()(const BlockPlan& plan) const {
    auto disk = TRY(open_disk(plan, files, loop));
    return Made(std::make_unique<virtio::BlockDevice>(plan.options, std::move(disk), queue_size));
  }
};

} // namespace

Result<std::unique_ptr<virtio::VirtioDevice>> make_virtio_device(const VirtioPlan& plan, const PlanDescriptors& files,
                                                                 virtio::EventLoop& loop) {
  return std::visit(DeviceMaker{files, loop, plan.queue_size}, plan.model);
}

} // namespace volt
