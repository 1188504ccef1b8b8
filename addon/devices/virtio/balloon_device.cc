// Lists of pages in, memory back to the host; and the guest's statistics.
#include "devices/virtio/balloon_device.h"

#include <array>
#include <linux/virtio_ids.h>

#include "devices/virtio/page_release.h"

namespace volt::virtio {

namespace {

constexpr std::uint16_t inflate_queue = 0;
constexpr std::uint16_t first_optional_queue = 2;
/// More tags than any driver knows.
constexpr std::size_t maximum_statistics = 64;

/// Of a reported buffer: they take the host about as long as one page does.
constexpr std::size_t bytes_a_page_number = 64 * page_bytes;

constexpr std::uint64_t feature(unsigned number) {
  return std::uint64_t{1} << number;
}

} // namespace

std::uint32_t BalloonDevice::type() const {
  return VIRTIO_ID_BALLOON;
}

std::uint64_t BalloonDevice::features() const {
  std::uint64_t offered = feature(VIRTIO_BALLOON_F_STATS_VQ);
  if (options_.deflate_on_oom) offered |= feature(VIRTIO_BALLOON_F_DEFLATE_ON_OOM);
  if (options_.free_page_reporting) offered |= feature(VIRTIO_BALLOON_F_REPORTING);
  return offered;
}

std::uint16_t BalloonDevice::queue_count() const {
  return options_.free_page_reporting ? 4 : 3;
}

void BalloonDevice::read_configuration(std::uint64_t offset, std::span<std::uint8_t> data) {
  virtio_balloon_config configuration{};
  configuration.num_pages = target_pages_;
  configuration.actual = actual_pages();
  read_structure(configuration, offset, data);
}

void BalloonDevice::write_configuration(std::uint64_t offset, std::span<const std::uint8_t> data) {
  std::uint32_t actual = 0;
  if (offset != offsetof(virtio_balloon_config, actual) || data.size() != sizeof actual) return;
  std::memcpy(&actual, data.data(), sizeof actual);
  actual_pages_.store(actual, std::memory_order_relaxed);
}

// Queues are numbered as Linux and QEMU do: those of features that were not negotiated take no number.
void BalloonDevice::activate(std::uint64_t features) {
  std::uint16_t next = first_optional_queue;
  if ((features & feature(VIRTIO_BALLOON_F_STATS_VQ)) != 0) statistics_queue_ = next++;
  if ((features & feature(VIRTIO_BALLOON_F_REPORTING)) != 0) report_queue_ = next;
  if (statistics_queue_ && options_.statistics_interval.count() > 0) ask_for_statistics();
}

void BalloonDevice::reset() {
  if (timer_) host().loop().cancel_timer(*timer_);
  timer_.reset();
  statistics_queue_.reset();
  report_queue_.reset();
  statistics_head_.reset();
  statistics_.forget();
  actual_pages_.store(0, std::memory_order_relaxed);
}

void BalloonDevice::set_target(std::uint32_t pages) {
  if (pages == target_pages_) return;
  target_pages_ = pages;
  host().configuration_changed();
}

void BalloonDevice::notified(std::uint16_t queue) {
  if (queue == statistics_queue_) {
    serve_statistics();
  } else if (queue < first_optional_queue || queue == report_queue_) {
    serve_pages(queue);
  }
}

// Each page is a system call at worst, so a ring's worth would keep the loop for too long.
void BalloonDevice::serve_pages(std::uint16_t queue) {
  std::size_t handled = 0;
  const auto may_take = [&] { return handled < round_budget; };
  serve(queue, may_take, [&](const DescriptorChain& chain) {
    handled += 1 + (queue == report_queue_ ? take_report(chain) : take_list(queue, chain));
    host().queue(queue).push(chain.head, 0);
  });
  host().interrupt_used(queue);
  if (!may_take()) host().serve_later(queue);
}

std::size_t BalloonDevice::take_list(std::uint16_t queue, const DescriptorChain& chain) {
  const std::uint64_t count = chain.readable.size_bytes() / sizeof(std::uint32_t);
  if (count > maximum_request_pages) host().report_fault("a request of a balloon names too many pages");
  std::vector<std::uint32_t> numbers(std::min<std::uint64_t>(count, maximum_request_pages));
  // SAFETY: little-endian numbers filled as bytes; what is checked is this copy.
  static_cast<void>(chain.readable.read(
      0, {reinterpret_cast<std::uint8_t*>(numbers.data()), numbers.size() * sizeof(std::uint32_t)}));
  if (queue == inflate_queue) {
    inflate(numbers);
  } else {
    add(balloon_counters_.deflated_pages, numbers.size()); // they come back when they are touched
  }
  return numbers.size();
}

void BalloonDevice::inflate(std::span<std::uint32_t> page_numbers) {
  for (const GuestRange& run : page_runs(page_numbers)) {
    std::uint64_t done = 0;
    while (done < run.size_bytes) {
      const auto piece = host().memory().from({run.start.value + done}, run.size_bytes - done);
      if (piece.empty()) {
        add(balloon_counters_.refused_pages);
        host().report_fault("a page for the balloon lies outside memory");
        done += page_bytes;
        continue;
      }
      release(piece, balloon_counters_.inflated_pages);
      done += piece.size();
    }
  }
}

std::size_t BalloonDevice::take_report(const DescriptorChain& chain) {
  if (chain.readable.size_bytes() > 0) host().report_fault("a report of free pages has something to read");
  std::size_t handled = 0;
  for (const std::span<std::uint8_t>& piece : chain.writable.pieces()) {
    release(piece, balloon_counters_.reported_pages);
    handled += 1 + piece.size() / bytes_a_page_number;
  }
  return handled;
}

void BalloonDevice::release(std::span<std::uint8_t> pages, std::atomic<std::uint64_t>& released) {
  const std::int64_t released_bytes = release_pages(pages, host().memory().backing());
  if (released_bytes < 0) {
    add(balloon_counters_.failed_releases);
    add(counters().errors);
  } else {
    add(released, static_cast<std::uint64_t>(released_bytes) / page_bytes);
  }
}

void BalloonDevice::serve_statistics() {
  const auto may_take = [this] { return !statistics_head_; };
  serve(*statistics_queue_, may_take, [this](const DescriptorChain& chain) { take_statistics(chain); });
}

// virtio 1.2 §5.5.6.3: the device keeps the buffer, and asks for fresh numbers by giving it back.
void BalloonDevice::take_statistics(const DescriptorChain& chain) {
  statistics_head_ = chain.head;
  for (std::size_t index = 0; index < maximum_statistics; ++index) {
    virtio_balloon_stat item{};
    // SAFETY: a trivially copyable structure filled as bytes.
    const std::span bytes(reinterpret_cast<std::uint8_t*>(&item), sizeof item);
    if (chain.readable.read(index * sizeof item, bytes) != sizeof item) return;
    statistics_.set(item.tag, item.val);
  }
}

void BalloonDevice::ask_for_statistics() {
  timer_ =
      host().loop().set_timer(EventLoop::Clock::now() + options_.statistics_interval, [this] { ask_for_statistics(); });
  if (!statistics_head_) return; // the driver has not answered yet
  host().queue(*statistics_queue_).push(*statistics_head_, 0);
  statistics_head_.reset();
  host().interrupt_used(*statistics_queue_);
  serve_statistics();
}

BalloonState BalloonDevice::state() const {
  return {.target_pages = target_pages_, .actual_pages = actual_pages(), .statistics_head = statistics_head_};
}

} // namespace volt::virtio
