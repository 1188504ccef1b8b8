// The ring behind the bounded queue.
#include "base/byte_queue.h"

#include <algorithm>

namespace volt {

// The storage is not initialised, so that pages of a queue that stays short are never touched.
ByteQueue::ByteQueue(std::size_t capacity_bytes, std::chrono::milliseconds gather)
    : capacity_(capacity_bytes), gather_(gather),
      bytes_(std::make_unique_for_overwrite<std::uint8_t[]>(capacity_bytes)) {}

std::size_t ByteQueue::push(std::span<const std::uint8_t> bytes) {
  const std::lock_guard lock(mutex_);
  if (closed_) return 0;
  return push_locked(bytes.first(std::min(bytes.size(), capacity_ - size_)));
}

bool ByteQueue::push_whole(std::span<const std::uint8_t> bytes, std::size_t spare_bytes) {
  const std::lock_guard lock(mutex_);
  if (closed_ || bytes.size() + spare_bytes > capacity_ - size_) return false;
  push_locked(bytes);
  return true;
}

std::size_t ByteQueue::push_locked(std::span<const std::uint8_t> bytes) {
  const std::size_t tail = (head_ + size_) % capacity_;
  const std::size_t until_wrap = std::min(bytes.size(), capacity_ - tail);
  std::copy_n(bytes.begin(), until_wrap, bytes_.get() + tail);
  std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(until_wrap), bytes.size() - until_wrap, bytes_.get());
  if (size_ < wanted_ && size_ + bytes.size() >= wanted_) has_data_.notify_all();
  size_ += bytes.size();
  return bytes.size();
}

std::size_t ByteQueue::pop(std::span<std::uint8_t> bytes) {
  const std::lock_guard lock(mutex_);
  return pop_locked(bytes);
}

std::size_t ByteQueue::pop_wait(std::span<std::uint8_t> bytes, std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  if (wait_for_wanted(lock, patience) && gather_.count() > 0) {
    wanted_ = std::min(bytes.size(), capacity_);
    wait_for_wanted(lock, std::min(gather_, patience));
    wanted_ = 1;
  }
  woken_ = false;
  return pop_locked(bytes);
}

bool ByteQueue::wait_for_wanted(std::unique_lock<std::mutex>& lock, std::chrono::milliseconds patience) {
  const auto end = Clock::now() + patience;
  const auto has_wanted = [this] { return size_ >= wanted_ || closed_ || woken_; };
  while (true) {
    if (late_producer_ != nullptr && Clock::now() >= next_catch_up_) catch_up(lock);
    const auto until = late_producer_ != nullptr ? std::min(end, next_catch_up_) : end;
    if (has_data_.wait_until(lock, until, has_wanted)) return true;
    if (Clock::now() >= end) return false;
  }
}

void ByteQueue::catch_up(std::unique_lock<std::mutex>& lock) {
  const auto producer = late_producer_;
  lock.unlock();
  producer->catch_up();
  lock.lock();
  next_catch_up_ = Clock::now() + late_interval_;
}

void ByteQueue::await_late(std::shared_ptr<LateProducer> producer, std::chrono::milliseconds interval) {
  const std::lock_guard lock(mutex_);
  late_producer_ = std::move(producer);
  if (late_producer_ == nullptr) return;
  late_interval_ = interval;
  next_catch_up_ = Clock::now() + interval;
  woken_ = true;
  has_data_.notify_all();
}

std::size_t ByteQueue::pop_locked(std::span<std::uint8_t> bytes) {
  const std::size_t count = std::min(bytes.size(), size_);
  const std::size_t until_wrap = std::min(count, capacity_ - head_);
  std::copy_n(bytes_.get() + head_, until_wrap, bytes.begin());
  std::copy_n(bytes_.get(), count - until_wrap, bytes.begin() + static_cast<std::ptrdiff_t>(until_wrap));
  if (size_ == capacity_ && count > 0) has_room_.notify_all();
  size_ -= count;
  // An empty queue starts over, so that a short one keeps using the same pages.
  head_ = size_ == 0 ? 0 : (head_ + count) % capacity_;
  return count;
}

std::size_t ByteQueue::wait_for_room() {
  std::unique_lock lock(mutex_);
  has_room_.wait(lock, [this] { return size_ < capacity_ || closed_; });
  return closed_ ? 0 : capacity_ - size_;
}

void ByteQueue::wake_consumer() {
  const std::lock_guard lock(mutex_);
  woken_ = true;
  has_data_.notify_all();
}

void ByteQueue::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  has_data_.notify_all();
  has_room_.notify_all();
}

bool ByteQueue::empty() const {
  const std::lock_guard lock(mutex_);
  return size_ == 0;
}

bool ByteQueue::exhausted() const {
  const std::lock_guard lock(mutex_);
  return closed_ && size_ == 0;
}

} // namespace volt
