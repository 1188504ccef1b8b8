// Blocking reads and writes on threads of their own.
#include "vmm/descriptor_pump.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <poll.h>
#include <unistd.h>

#include "base/thread.h"

namespace volt {

namespace {

constexpr std::size_t chunk_bytes = 4096; // PIPE_BUF: a reader sees progress in small steps
constexpr std::chrono::hours forever{24 * 365};

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

Result<void> OutputPump::start(const char* thread_name, ByteQueue& queue, int descriptor) {
  {
    const std::lock_guard lock(mutex_);
    finished_ = false;
  }
  return start_detached(thread_name, [this, &queue, descriptor] { run(queue, descriptor); });
}

bool OutputPump::write_whole(int descriptor, std::span<const std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(descriptor, bytes.data(), bytes.size());
    if (count >= 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(count));
      const std::lock_guard lock(mutex_);
      written_bytes_ += static_cast<std::uint64_t>(count);
      progress_.notify_all();
    } else if (errno == EAGAIN) {
      wait_until_ready(descriptor, POLLOUT);
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

void OutputPump::run(ByteQueue& queue, int descriptor) {
  std::array<std::uint8_t, chunk_bytes> chunk;
  bool alive = true;
  while (!queue.exhausted()) {
    const std::size_t count = queue.pop_wait(chunk, forever);
    alive = alive && write_whole(descriptor, std::span(chunk).first(count));
  }
  const std::lock_guard lock(mutex_);
  finished_ = true;
  progress_.notify_all();
}

void OutputPump::flush(std::chrono::milliseconds patience, std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  std::unique_lock lock(mutex_);
  for (bool progress = true; progress && std::chrono::steady_clock::now() < end;) {
    const std::uint64_t seen_bytes = written_bytes_;
    progress = progress_.wait_for(lock, patience, [&] { return finished_ || written_bytes_ != seen_bytes; });
    if (finished_) return;
  }
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
