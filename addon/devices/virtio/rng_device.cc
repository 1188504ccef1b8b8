// Requests are answered at once, or when the rate allows.
#include "devices/virtio/rng_device.h"

#include <cerrno>
#include <linux/virtio_ids.h>
#include <sys/random.h>

namespace volt::virtio {

namespace {
constexpr std::uint16_t request_queue = 0;
}

bool fill_from_kernel(std::span<std::uint8_t> data) {
  while (!data.empty()) {
    const ssize_t count = getrandom(data.data(), data.size(), 0);
    if (count < 0 && errno != EINTR) return false;
    if (count > 0) data = data.subspan(static_cast<std::size_t>(count));
  }
  return true;
}

std::uint32_t RngDevice::type() const {
  return VIRTIO_ID_RNG;
}

void RngDevice::reset() {
  if (timer_) host().loop().cancel_timer(*timer_);
  timer_.reset();
}

void RngDevice::notified(std::uint16_t queue) {
  serve(
      queue, [this] { return may_take(); }, [this](const DescriptorChain& chain) { answer(chain); });
  host().interrupt_used(queue);
}

bool RngDevice::set_rate(std::string_view name, const std::optional<TokenRate>& rate) {
  if (name != "bandwidth") return false;
  limiter_.limit_bandwidth(rate, EventLoop::Clock::now());
  if (!timer_) return true;
  reset();
  notified(request_queue);
  return true;
}

bool RngDevice::may_take() {
  if (timer_) return false;
  const auto now = EventLoop::Clock::now();
  const auto ready = limiter_.ready_at(now);
  if (ready <= now) return true;
  add(counters().throttled);
  timer_ = host().loop().set_timer(ready, [this] {
    timer_.reset();
    notified(request_queue);
  });
  return false;
}

void RngDevice::answer(const DescriptorChain& chain) {
  if (chain.readable.size_bytes() > 0 || chain.writable.size_bytes() == 0)
    host().report_fault("a request for entropy without a buffer to fill, or with one to read");
  std::uint32_t written = 0;
  const BufferList wanted = chain.writable.slice(0, maximum_request_bytes);
  for (const std::span<std::uint8_t>& piece : wanted.pieces()) {
    if (!source_(piece)) {
      add(counters().errors);
      break;
    }
    written += static_cast<std::uint32_t>(piece.size());
  }
  limiter_.take(written, EventLoop::Clock::now());
  add(counters().bytes_to_guest, written);
  host().queue(request_queue).push(chain.head, written);
}

} // namespace volt::virtio
