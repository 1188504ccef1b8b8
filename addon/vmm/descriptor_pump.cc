// Blocking reads and writes on threads of their own.
#include "vmm/descriptor_pump.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <poll.h>
#include <unistd.h>
#include <utility>

#include "base/thread.h"
#include "vmm/file_reserve.h"

namespace volt {

namespace {

constexpr std::size_t chunk_bytes = 4096; // PIPE_BUF: a reader sees progress in small steps
constexpr std::chrono::hours forever{24 * 365};
constexpr int space_interval_ms = 100;                  // between tries of a disk that is full
constexpr std::chrono::milliseconds hurry_interval{50}; // between questions whether a flush has become urgent

bool is_out_of_space(int failure) {
  return failure == ENOSPC || failure == EDQUOT || failure == EFBIG;
}

// For descriptors that someone made non-blocking.
void wait_until_ready(int descriptor, short events) {
  pollfd request{.fd = descriptor, .events = events, .revents = 0};
  poll(&request, 1, -1);
}

/// Starts a thread that nobody joins.
Result<void> start_detached(const char* name, std::function<void()> body) {
  auto thread = Thread::start(name, std::move(body));
  if (!thread.ok()) return std::move(thread).error();
  std::move(thread).value().abandon();
  return {};
}

} // namespace

Result<void> OutputPump::start(const char* thread_name, ByteQueue& queue, int descriptor, std::size_t reserve_bytes) {
  {
    const std::lock_guard lock(mutex_);
    finished_ = false;
  }
  return start_detached(thread_name, [=, this, &queue] { run(queue, descriptor, reserve_bytes); });
}

std::size_t OutputPump::write_whole(int descriptor, std::span<const std::uint8_t> bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const auto rest = bytes.subspan(done);
    const ssize_t count = write(descriptor, rest.data(), rest.size());
    if (count >= 0) {
      done += static_cast<std::size_t>(count);
      const std::lock_guard lock(mutex_);
      written_bytes_ += static_cast<std::uint64_t>(count);
      progress_.notify_all();
    } else if (errno == EAGAIN) {
      wait_until_ready(descriptor, POLLOUT);
    } else if (is_out_of_space(errno)) {
      poll(nullptr, 0, space_interval_ms);
    } else if (errno != EINTR) {
      return done;
    }
  }
  return done;
}

void OutputPump::run(ByteQueue& queue, int descriptor, std::size_t reserve_bytes) {
  FileReserve reserve(descriptor, reserve_bytes);
  std::array<std::uint8_t, chunk_bytes> chunk;
  bool alive = true;
  while (!queue.exhausted()) {
    const std::size_t count = queue.pop_wait(chunk, forever);
    reserve.prepare(count);
    const std::size_t written = alive ? write_whole(descriptor, std::span(chunk).first(count)) : 0;
    alive = alive && written == count;
    const std::lock_guard lock(mutex_);
    lost_bytes_ += count - written;
  }
  const std::lock_guard lock(mutex_);
  finished_ = true;
  progress_.notify_all();
}

void OutputPump::flush(FlushBudget& budget) {
  std::unique_lock lock(mutex_);
  std::uint64_t seen_bytes = written_bytes_;
  auto progress = FlushBudget::Clock::now();
  while (!finished_) {
    const auto now = FlushBudget::Clock::now();
    if (std::exchange(seen_bytes, written_bytes_) != written_bytes_) progress = now;
    const auto deadline = budget.deadline(progress);
    if (now >= deadline) return;
    progress_.wait_until(lock, std::min(deadline, now + hurry_interval));
  }
}

std::uint64_t OutputPump::lost_bytes() const {
  const std::lock_guard lock(mutex_);
  return lost_bytes_;
}

Result<void> InputPump::start(const char* thread_name, Sink& sink, int descriptor) {
  return start_detached(thread_name, [&sink, descriptor] {
    std::array<std::uint8_t, chunk_bytes> chunk;
    while (const std::size_t room = sink.wait_for_room()) {
      const ssize_t count = read(descriptor, chunk.data(), std::min(room, chunk.size()));
      if (count > 0) {
        sink.consume(std::span(chunk).first(static_cast<std::size_t>(count)));
      } else if (count < 0 && errno == EAGAIN) {
        wait_until_ready(descriptor, POLLIN);
      } else if (count == 0 || errno != EINTR) {
        return;
      }
    }
  });
}

} // namespace volt
