// Threads with their signal mask, and the kick signal's handler.
#include "base/thread.h"

#include <cassert>
#include <cerrno>
#include <csignal>
#include <memory>

#include "base/fault.h"

namespace volt {

namespace {

struct ThreadStart {
  std::string name;
  std::function<void()> body;
};

// vCPU threads use a few KiB; 254 of them should not reserve gigabytes of address space.
constexpr std::size_t stack_bytes = 512 * 1024;

int kick_signal() {
  return SIGRTMIN;
}

// Without SA_RESTART, so that ioctl and read return EINTR; what the kick means is told through memory, not by the
// handler.
void install_kick_handler() {
  static const bool installed = [] {
    struct sigaction action {};
    action.sa_handler = [](int) {};
    sigemptyset(&action.sa_mask);
    return sigaction(kick_signal(), &action, nullptr) == 0;
  }();
  assert(installed);
  static_cast<void>(installed);
}

void* run_thread(void* argument) {
  const std::unique_ptr<ThreadStart> start(static_cast<ThreadStart*>(argument));
  pthread_setname_np(pthread_self(), start->name.c_str());
  sigset_t kick;
  sigemptyset(&kick);
  sigaddset(&kick, kick_signal());
  pthread_sigmask(SIG_UNBLOCK, &kick, nullptr);
  start->body();
  return nullptr;
}

} // namespace

Result<Thread> Thread::start(const std::string& name, std::function<void()> body) {
  install_kick_handler();
  auto start = std::make_unique<ThreadStart>(ThreadStart{name, std::move(body)});
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, stack_bytes);
  // The new thread inherits the mask: blocked from its first instruction on.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t handle{};
  const int failure = fault::strikes() ? ENOMEM : pthread_create(&handle, &attributes, run_thread, start.get());
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  if (failure != 0) return host_error(failure, "start thread " + name);
  start.release(); // owned by run_thread now
  return Thread(handle);
}

Thread& Thread::operator=(Thread&& other) noexcept {
  assert(!joinable_);
  handle_ = other.handle_;
  joinable_ = std::exchange(other.joinable_, false);
  return *this;
}

Thread::~Thread() {
  assert(!joinable_);
}

void Thread::kick() const {
  if (joinable_) pthread_kill(handle_, kick_signal());
}

void Thread::join() {
  if (!std::exchange(joinable_, false)) return;
  pthread_join(handle_, nullptr);
}

void Thread::abandon() {
  if (!std::exchange(joinable_, false)) return;
  pthread_detach(handle_);
}

} // namespace volt
