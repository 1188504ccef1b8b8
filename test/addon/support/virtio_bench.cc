#include "support/virtio_bench.h"

#include <array>
#include <cstdlib>

namespace volt::test {

namespace {

template <typename Value>
Value must(Result<Value> result) {
  if (!result.ok()) std::abort();
  return std::move(result).value();
}

} // namespace

std::shared_ptr<const GuestMemory> VirtioBench::make_memory(GuestMemory::Backing backing) {
  constexpr std::array<GuestRange, 3> ranges{GuestRange{.start = {0}, .size_bytes = low_bytes},
                                             GuestRange{.start = {border_address}, .size_bytes = low_end - low_bytes},
                                             GuestRange{.start = {high_address}, .size_bytes = high_bytes}};
  return std::make_shared<const GuestMemory>(must(GuestMemory::create(ranges, backing)));
}

VirtioBench::VirtioBench(std::shared_ptr<const GuestMemory> memory)
    : memory_(std::move(memory)), loop_(must(virtio::EventLoop::create())) {}

void VirtioBench::connect(std::unique_ptr<virtio::VirtioDevice> device, std::uint16_t queue_size) {
  device_ = std::move(device);
  transport_ = std::make_unique<virtio::MmioTransport>(
      *device_, virtio::MmioTransport::Surroundings{*memory_, *loop_, interrupt_, faults_}, queue_size);
}

VirtioBench::~VirtioBench() {
  loop_->call([this] { transport_->shut_down(); });
  loop_->stop();
}

} // namespace volt::test
