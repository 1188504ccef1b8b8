// From queues to the disk and back.
#include "devices/virtio/block_device.h"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <linux/virtio_ids.h>

namespace volt::virtio {

namespace {

/// Data buffers of a request; with header and status they fit the longest queue that drivers use.
constexpr std::uint32_t preferred_segments = 254;
/// Blocks of 4096 bytes are what file systems and overlays like best.
constexpr std::uint8_t physical_block_exponent = 3;

constexpr std::uint64_t feature(unsigned number) {
  return std::uint64_t{1} << number;
}

virtio_blk_config make_configuration(const BlockOptions& options, std::uint16_t queue_size) {
  virtio_blk_config configuration{};
  configuration.capacity = options.capacity_sectors;
  configuration.seg_max = std::clamp<std::uint32_t>(queue_size, 3, preferred_segments + 2) - 2;
  configuration.blk_size = sector_bytes;
  configuration.physical_block_exp = physical_block_exponent;
  configuration.min_io_size = 1U << physical_block_exponent;
  configuration.num_queues = options.queues;
  configuration.max_discard_sectors = maximum_segment_sectors;
  configuration.max_discard_seg = maximum_block_segments;
  configuration.discard_sector_alignment = 1U << physical_block_exponent;
  configuration.max_write_zeroes_sectors = maximum_segment_sectors;
  configuration.max_write_zeroes_seg = maximum_block_segments;
  configuration.write_zeroes_may_unmap = 1;
  return configuration;
}

} // namespace

struct BlockDevice::Job {
  std::uint16_t queue;
  DescriptorChain chain;
  BlockRequest request;
};

BlockDevice::BlockDevice(BlockOptions options, std::unique_ptr<Disk> disk, std::uint16_t queue_size)
    : options_(std::move(options)), disk_(std::move(disk)), configuration_(make_configuration(options_, queue_size)),
      limiter_(options_.rate, EventLoop::Clock::now()), is_put_off_(options_.queues), has_returned_(options_.queues) {
  disk_->engine().on_batch([this] { batch_ended(); });
}

BlockDevice::~BlockDevice() {
  assert(under_way_ == 0);
}

std::uint32_t BlockDevice::type() const {
  return VIRTIO_ID_BLOCK;
}

std::uint64_t BlockDevice::features() const {
  std::uint64_t offered =
      feature(VIRTIO_BLK_F_SEG_MAX) | feature(VIRTIO_BLK_F_BLK_SIZE) | feature(VIRTIO_BLK_F_TOPOLOGY);
  if (options_.queues > 1) offered |= feature(VIRTIO_BLK_F_MQ);
  if (options_.read_only) offered |= feature(VIRTIO_BLK_F_RO);
  if (options_.discard && !options_.read_only)
    offered |= feature(VIRTIO_BLK_F_DISCARD) | feature(VIRTIO_BLK_F_WRITE_ZEROES);
  if (options_.cache != CacheMode::writethrough) offered |= feature(VIRTIO_BLK_F_FLUSH);
  if (options_.cache == CacheMode::writeback) offered |= feature(VIRTIO_BLK_F_CONFIG_WCE);
  return offered;
}

void BlockDevice::read_configuration(std::uint64_t offset, std::span<std::uint8_t> data) {
  configuration_.wce = state_.writeback && options_.cache != CacheMode::writethrough ? 1 : 0;
  read_structure(configuration_, offset, data);
}

// Only `writeback` can be written (virtio 1.2 §5.2.5.2). What was written before it goes has to become durable.
void BlockDevice::write_configuration(std::uint64_t offset, std::span<const std::uint8_t> data) {
  const bool is_writeback_field = offset == offsetof(virtio_blk_config, wce) && data.size() == 1;
  if (!is_writeback_field || !has(VIRTIO_BLK_F_CONFIG_WCE)) return;
  const bool before = std::exchange(state_.writeback, data.front() != 0);
  if (!before || state_.writeback) return;
  disk_->flush([](int) {}); // later writes are flushed by themselves, and tell when that fails
  disk_->engine().commit();
}

// virtio 1.2 §5.2.6.2: a driver that cannot flush relies on each write.
bool BlockDevice::each_write_is_durable() const {
  if (options_.cache == CacheMode::unsafe) return false;
  return options_.cache == CacheMode::writethrough || !has(VIRTIO_BLK_F_FLUSH) || !state_.writeback;
}

void BlockDevice::activate(std::uint64_t features) {
  state_.features = features;
}

// The requests under way end in come_to_rest() and are not answered any more.
void BlockDevice::reset() {
  if (timer_) host().loop().cancel_timer(*timer_);
  timer_.reset();
  is_resetting_ = true;
  disk_->come_to_rest();
  is_resetting_ = false;
  assert(under_way_ == 0);
  state_ = {};
  is_put_off_.assign(options_.queues, false);
  has_returned_.assign(options_.queues, false);
}

void BlockDevice::notified(std::uint16_t queue) {
  serve_queue(queue);
  batch_ended();
  disk_->engine().commit();
}

void BlockDevice::serve_queue(std::uint16_t queue) {
  is_put_off_[queue] = false;
  serve(
      queue, [&] { return may_take(queue); }, [&](DescriptorChain chain) { take(queue, std::move(chain)); });
}

bool BlockDevice::set_rate(std::string_view name, const std::optional<TokenRate>& rate) {
  if (name == "bandwidth") {
    limiter_.limit_bandwidth(rate, EventLoop::Clock::now());
  } else if (name == "ops") {
    limiter_.limit_operations(rate, EventLoop::Clock::now());
  } else {
    return false;
  }
  if (!timer_) return true;
  host().loop().cancel_timer(*timer_);
  serve_after_waiting();
  return true;
}

bool BlockDevice::may_take(std::uint16_t queue) {
  const auto now = EventLoop::Clock::now();
  const auto ready = limiter_.ready_at(now);
  if (under_way_ < maximum_under_way && ready <= now) return true;
  is_put_off_[queue] = true;
  if (ready <= now || timer_) return false;
  add(counters().throttled);
  timer_ = host().loop().set_timer(ready, [this] { serve_after_waiting(); });
  return false;
}

void BlockDevice::serve_after_waiting() {
  timer_.reset();
  batch_ended();
  disk_->engine().commit();
}

void BlockDevice::take(std::uint16_t queue, DescriptorChain chain) {
  if (chain.writable.size_bytes() == 0) {
    host().report_fault("a disk request without room for its status");
    host().queue(queue).push(chain.head, 0);
    has_returned_[queue] = true;
    return;
  }
  const BlockLimits limits{.capacity_sectors = options_.capacity_sectors,
                           .read_only = options_.read_only,
                           .flush = has(VIRTIO_BLK_F_FLUSH),
                           .discard = (features() & feature(VIRTIO_BLK_F_DISCARD)) != 0};
  BlockRequest request = read_block_request(chain, limits);
  const bool transfers = request.action == BlockRequest::Action::read || request.action == BlockRequest::Action::write;
  limiter_.take(transfers ? request.data.size_bytes() : 0, EventLoop::Clock::now());
  ++under_way_;
  start(std::make_shared<Job>(Job{queue, std::move(chain), std::move(request)}));
}

void BlockDevice::start(const SharedJob& job) {
  using Action = BlockRequest::Action;
  const BlockRequest& request = job->request;
  const auto ended = [this, job](int host_errno) { complete(job, host_errno); };
  switch (request.action) {
  case Action::read:
    return request.data.size_bytes() == 0 ? ended(0) : disk_->read(request.offset, request.data, ended);
  case Action::write:
    if (request.data.size_bytes() == 0) return ended(0);
    return disk_->write(request.offset, request.data, [this, job](int host_errno) { written(job, host_errno); });
  case Action::flush:
    return disk_->flush(ended);
  case Action::identify:
    return identify(job);
  case Action::discard:
  case Action::write_zeroes:
    return start_range(job, 0);
  case Action::refuse:
    break;
  }
  answer(*job, request.status);
}

// Filled up with zeros; without a terminator where all bytes are used (virtio 1.2 §5.2.6.1).
void BlockDevice::identify(const SharedJob& job) {
  std::array<std::uint8_t, VIRTIO_BLK_ID_BYTES> id{};
  std::ranges::copy_n(options_.serial.begin(), static_cast<std::ptrdiff_t>(std::min(options_.serial.size(), id.size())),
                      id.begin());
  if (job->request.data.size_bytes() < id.size()) return answer(*job, VIRTIO_BLK_S_IOERR);
  static_cast<void>(job->request.data.write(0, id)); // there is room
  job->request.data = job->request.data.slice(0, id.size());
  complete(job, 0);
}

void BlockDevice::start_range(const SharedJob& job, std::size_t index) {
  if (index == job->request.ranges.size()) return written(job, 0);
  const BlockRange& range = job->request.ranges[index];
  const auto ended = [this, job, index](int host_errno) {
    if (host_errno != 0) return complete(job, host_errno);
    start_range(job, index + 1);
  };
  if (job->request.action == BlockRequest::Action::discard) {
    disk_->discard(range.offset, range.size_bytes, ended);
  } else {
    disk_->write_zeroes(range.offset, range.size_bytes, range.may_unmap, ended);
  }
}

void BlockDevice::written(const SharedJob& job, int host_errno) {
  if (host_errno != 0 || !each_write_is_durable() || is_resetting_) return complete(job, host_errno);
  disk_->flush([this, job](int failure) { complete(job, failure); });
}

void BlockDevice::complete(const SharedJob& job, int host_errno) {
  if (host_errno != 0) add(counters().errors);
  answer(*job, host_errno == 0 ? VIRTIO_BLK_S_OK : VIRTIO_BLK_S_IOERR);
}

// The length counts from the buffers' beginning: a failed read wrote its status, but nothing surely before it.
void BlockDevice::answer(const Job& job, std::uint8_t status) {
  --under_way_;
  if (is_resetting_) return;
  const BufferList& writable = job.chain.writable;
  const std::uint64_t place = writable.size_bytes() - 1;
  const bool is_ok = status == VIRTIO_BLK_S_OK;
  const bool fills = is_ok && (job.request.action == BlockRequest::Action::read ||
                               job.request.action == BlockRequest::Action::identify);
  const std::uint64_t filled = fills ? job.request.data.size_bytes() : 0;
  static_cast<void>(writable.write(place, std::span(&status, 1))); // there is room
  add(counters().bytes_to_guest, filled);
  if (is_ok && job.request.action == BlockRequest::Action::write)
    add(counters().bytes_from_guest, job.request.data.size_bytes());
  const std::uint64_t surely_written = filled == place ? place + 1 : filled;
  host().queue(job.queue).push(job.chain.head, static_cast<std::uint32_t>(surely_written));
  has_returned_[job.queue] = true;
}

// Interrupts for what was returned, then whatever had no room before.
void BlockDevice::batch_ended() {
  if (is_resetting_) return;
  for (std::uint16_t queue = 0; queue < options_.queues; ++queue) {
    if (is_put_off_[queue] && under_way_ < maximum_under_way && !timer_) serve_queue(queue);
    if (!has_returned_[queue]) continue;
    has_returned_[queue] = false;
    host().interrupt_used(queue);
  }
}

} // namespace volt::virtio
