// Stream sockets that never block.
#include "keeper/console_hub.h"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <vector>

#include "base/unix_socket.h"

namespace volt {

namespace {

constexpr std::chrono::milliseconds retry_pause{1000};

} // namespace

Result<void> ConsoleHub::start(int listener) {
  if (fcntl(listener, F_SETFL, O_NONBLOCK) != 0) return host_error(errno, "use the console's socket");
  TRY(loop_.watch(listener, EPOLLIN, [this](std::uint32_t) { accept_readers(); }));
  listener_ = listener;
  accept_readers();
  return {};
}

void ConsoleHub::connect(int machine) {
  machine_ = machine;
  input_.clear();
  listen_to_readers();
}

void ConsoleHub::send_input() {
  while (!input_.empty()) {
    const ssize_t count = send(machine_, input_.data(), input_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && would_block()) break;
    // A machine that has ended takes nothing.
    input_.erase(0, count < 0 ? input_.size() : static_cast<std::size_t>(count));
  }
  if (machine_ >= 0) loop_.change(machine_, input_.empty() ? EPOLLIN : EPOLLIN | EPOLLOUT);
  listen_to_readers();
}

void ConsoleHub::output(std::span<const char> bytes) {
  std::vector<int> slow;
  for (const auto& [descriptor, reader] : readers_) {
    const ssize_t count = send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 || static_cast<std::size_t>(count) < bytes.size()) slow.push_back(descriptor);
  }
  for (const int descriptor : slow)
    drop(descriptor);
}

void ConsoleHub::accept_readers() {
  while (readers_.size() < maximum_readers) {
    FileDescriptor socket(accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket.valid()) {
      if (would_block() || errno == ECONNABORTED) return;
      break;
    }
    const int descriptor = socket.get();
    const auto watched =
        loop_.watch(descriptor, 0, [this, descriptor](std::uint32_t events) { serve(descriptor, events); });
    if (watched.ok()) readers_.emplace(descriptor, Reader{.socket = std::move(socket)});
    listen_to_readers();
  }
  // Full, or out of descriptors: the listener would stay readable.
  loop_.change(listener_, 0);
  loop_.call_at(Loop::Clock::now() + retry_pause, [this] { loop_.change(listener_, EPOLLIN); });
}

void ConsoleHub::serve(int descriptor, std::uint32_t events) {
  Reader& reader = readers_.at(descriptor);
  if ((events & EPOLLIN) == 0) return drop(descriptor);
  std::array<char, 4096> typed;
  const ssize_t count = recv(descriptor, typed.data(), typed.size(), 0);
  if (count < 0 && !would_block()) return drop(descriptor);
  if (count > 0 && machine_ >= 0) input_.append(typed.data(), static_cast<std::size_t>(count));
  reader.is_silent = count == 0;
  send_input();
}

void ConsoleHub::listen_to_readers() {
  for (const auto& [descriptor, reader] : readers_)
    loop_.change(descriptor, reader.is_silent || machine_ < 0 || !input_.empty() ? 0U : std::uint32_t{EPOLLIN});
}

void ConsoleHub::drop(int descriptor) {
  loop_.unwatch(descriptor);
  readers_.erase(descriptor);
}

} // namespace volt
