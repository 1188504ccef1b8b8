// The life of a device between two resets: status, features, faults.
#include <linux/virtio_config.h>
#include <linux/virtio_mmio.h>

#include "devices/virtio/mmio_transport.h"
#include "devices/virtio/ring_layout.h"

namespace volt::virtio {

namespace {

constexpr std::chrono::seconds between_reports{1};

constexpr std::uint64_t feature(unsigned number) {
  return std::uint64_t{1} << number;
}

constexpr std::uint8_t ACKNOWLEDGE = VIRTIO_CONFIG_S_ACKNOWLEDGE;
constexpr std::uint8_t DRIVER = VIRTIO_CONFIG_S_DRIVER;
constexpr std::uint8_t FEATURES_OK = VIRTIO_CONFIG_S_FEATURES_OK;
constexpr std::uint8_t DRIVER_OK = VIRTIO_CONFIG_S_DRIVER_OK;
constexpr std::uint8_t NEEDS_RESET = VIRTIO_CONFIG_S_NEEDS_RESET;
constexpr std::uint8_t FAILED = VIRTIO_CONFIG_S_FAILED;

/// virtio 1.2 §3.1.1: the steps of a driver's start in order, and the bits that each needs.
struct StatusStep {
  std::uint8_t bit;
  std::uint8_t needs;
};
constexpr StatusStep status_steps[] = {
    {ACKNOWLEDGE, 0},
    {DRIVER, ACKNOWLEDGE},
    {FEATURES_OK, ACKNOWLEDGE | DRIVER},
    {DRIVER_OK, ACKNOWLEDGE | DRIVER | FEATURES_OK},
};
constexpr std::uint32_t status_bits = ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK | NEEDS_RESET | FAILED;

} // namespace

void MmioTransport::write_status(std::uint32_t value) {
  if (value == 0) return reset();
  const std::uint32_t kept = state_.status & ~std::uint32_t{NEEDS_RESET};
  if ((value & ~status_bits) != 0) return report_fault("a status bit that is not known");
  if ((kept & ~value) != 0) return report_fault("a status bit is cleared without a reset");
  if ((value & FAILED) != 0) state_.status |= FAILED;
  for (const StatusStep& step : status_steps) {
    if ((value & step.bit) == 0 || (state_.status & step.bit) != 0) continue;
    if ((state_.status & step.needs) != step.needs) return report_fault("a status bit out of order");
    if (!take_step(step.bit)) return;
  }
}

bool MmioTransport::take_step(std::uint8_t bit) {
  if (bit == FEATURES_OK) {
    // The driver sees that the bit stayed clear (virtio 1.2 §2.2.2).
    if (const char* problem = problem_of_features()) {
      report_fault(problem);
      return false;
    }
  }
  state_.status |= bit;
  if (bit == DRIVER_OK) go_live();
  return true;
}

const char* MmioTransport::problem_of_features() const {
  if ((state_.driver_features & ~offered_features()) != 0) return "a feature that was not offered";
  if ((state_.driver_features & feature(VIRTIO_F_VERSION_1)) == 0) return "a driver from before virtio 1.0";
  return nullptr;
}

void MmioTransport::go_live() {
  if (!is_live()) return;
  device_.activate(state_.driver_features);
  // Requests that came before are served now (virtio 1.2 §3.1.1: the driver may add them, and need not notify twice).
  for (std::size_t index = 0; index < queues_.size(); ++index)
    notified(static_cast<std::uint16_t>(index));
}

bool MmioTransport::is_live() const {
  return (state_.status & (DRIVER_OK | NEEDS_RESET | FAILED)) == DRIVER_OK;
}

std::uint64_t MmioTransport::offered_features() const {
  return device_.features() | feature(VIRTIO_F_VERSION_1) | feature(VIRTIO_F_INDIRECT_DESC) |
         feature(VIRTIO_F_EVENT_IDX);
}

void MmioTransport::report_fault(std::string_view text) {
  add(device_.counters().faults);
  const auto now = EventLoop::Clock::now();
  if (now < next_report_) return;
  next_report_ = now + between_reports;
  around_.listener.device_fault(text);
}

void MmioTransport::need_reset(std::string_view text) {
  report_fault(text);
  need_reset();
}

// virtio 1.2 §2.1.2. What is under way may still end; nothing new starts.
void MmioTransport::need_reset() {
  if ((state_.status & NEEDS_RESET) != 0) return;
  state_.status |= NEEDS_RESET;
  if ((state_.status & DRIVER_OK) != 0) raise(VIRTIO_MMIO_INT_CONFIG);
}

void MmioTransport::reset() {
  ++epoch_;
  device_.reset();
  for (SplitQueue& queue : queues_)
    queue.disable();
  is_service_due_.assign(queues_.size(), false);
  const std::uint32_t generation = state_.configuration_generation;
  state_ = {};
  state_.configuration_generation = generation;
  state_.queues.resize(queues_.size(), QueueState{.size = queue_size_});
  interrupt_status_ = 0;
}

void MmioTransport::shut_down() {
  reset();
  is_shut_down_ = true;
}

} // namespace volt::virtio
