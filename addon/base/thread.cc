// Threads with their signal mask, and the kick signal's handler.
#include "base/thread.h"

#include <cassert>
#include <cerrno>
#include <csignal>
#include <future>
#include <memory>

#include "base/fault.h"

namespace volt {

namespace {

struct ThreadStart {
  std::string name;
  std::function<void()> body;
  ThreadKind kind;
  /// What the guard returned; whoever starts the thread waits for it where there is a guard.
  std::promise<int> verdict;
};

Thread::Guard thread_guard = nullptr;

// vCPU threads use a few KiB; 254 of them should not reserve gigabytes of address space.
constexpr std::size_t stack_bytes = std::size_t{512} * 1024;

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

bool passes_guard(ThreadStart& start) {
  const int verdict = thread_guard(start.kind);
  start.verdict.set_value(verdict);
  return verdict == 0;
}

void* run_thread(void* argument) {
  const std::unique_ptr<ThreadStart> start(static_cast<ThreadStart*>(argument));
  pthread_setname_np(pthread_self(), start->name.c_str());
  sigset_t kick;
  sigemptyset(&kick);
  sigaddset(&kick, kick_signal());
  pthread_sigmask(SIG_UNBLOCK, &kick, nullptr);
  if (thread_guard != nullptr && !passes_guard(*start)) return nullptr;
  start->body();
  return nullptr;
}

} // namespace

void Thread::set_guard(Guard guard) {
  install_kick_handler(); // which the guard may forbid
  thread_guard = guard;
}

Result<Thread> Thread::start(const std::string& name, std::function<void()> body, ThreadKind kind) {
  install_kick_handler();
  auto start = std::make_unique<ThreadStart>(ThreadStart{name, std::move(body), kind, {}});
  std::future<int> verdict = start->verdict.get_future();
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
  static_cast<void>(start.release()); // owned by run_thread now
  Thread thread(handle);
  if (thread_guard == nullptr) return thread;
  const int refusal = verdict.get();
  if (refusal == 0) return thread;
  thread.join();
  return host_error(refusal, "confine thread " + name);
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

Result<void> Thread::pin(std::span<const cpu_set_t> processors) const {
  const int failure = pthread_setaffinity_np(handle_, processors.size_bytes(), processors.data());
  if (failure == 0) return {};
  Error error = host_error(failure, "pin a thread to processors of the host");
  if (failure == EINVAL) error.hint = "none of them is online, or a cpuset of the caller's forbids all of them";
  return error;
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
