// Rounds of an event loop, and the hand-over of work to it.
#include "devices/virtio/event_loop.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <new>
#include <sys/epoll.h>
#include <unistd.h>
#include <utility>

#include "base/fault.h"

namespace volt::virtio {

namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t wake_id = 0;
constexpr milliseconds for_ever{-1};

Result<void> control(const FileDescriptor& epoll, int operation, int descriptor, std::uint64_t id,
                     std::uint32_t events) {
  epoll_event request{};
  request.events = events;
  request.data.u64 = id;
  const int result = fault::strikes() ? (errno = ENOMEM, -1) : epoll_ctl(epoll.get(), operation, descriptor, &request);
  if (result != 0) return host_error(errno, "watch descriptor " + std::to_string(descriptor));
  return {};
}

} // namespace

Result<std::unique_ptr<EventLoop>> EventLoop::create() {
  FileDescriptor epoll(fault::strikes() ? (errno = ENOMEM, -1) : epoll_create1(EPOLL_CLOEXEC));
  if (!epoll.valid()) return host_error(errno, "create an event loop (epoll)");
  FileDescriptor wake = TRY(FileDescriptor::event_counter());
  TRY(control(epoll, EPOLL_CTL_ADD, wake.get(), wake_id, EPOLLIN));
  return std::unique_ptr<EventLoop>(new EventLoop(std::move(epoll), std::move(wake)));
}

EventLoop::~EventLoop() {
  stop();
}

Result<void> EventLoop::start(const std::string& name, std::function<void(const Error&)> on_failure) {
  {
    const std::lock_guard lock(mutex_);
    assert(state_ == State::by_hand);
    state_ = State::running;
  }
  on_failure_ = std::move(on_failure);
  auto thread = Thread::start(name, [this] { run(); });
  if (thread.ok()) {
    thread_ = std::move(thread).value();
    return {};
  }
  const std::lock_guard lock(mutex_);
  state_ = State::by_hand;
  return std::move(thread).error();
}

void EventLoop::stop() {
  assert(!is_current());
  {
    const std::lock_guard lock(mutex_);
    if (state_ == State::by_hand) state_ = State::stopped;
    if (state_ == State::running) state_ = State::stopping;
  }
  wake();
  thread_.join();
}

void EventLoop::call(const Task& task) {
  if (is_current()) return task();
  Call call{task};
  std::unique_lock lock(mutex_);
  if (state_ == State::running || state_ == State::stopping) {
    *last_call_ = &call;
    last_call_ = &call.next;
    wake();
    changed_.wait(lock, [&] { return call.done; });
    if (call.thrown) std::rethrow_exception(call.thrown);
    return;
  }
  changed_.wait(lock, [this] { return owner_.load() == std::thread::id(); });
  owner_ = std::this_thread::get_id();
  lock.unlock();
  try {
    task();
  } catch (...) {
    call.thrown = std::current_exception();
  }
  lock.lock();
  owner_ = std::thread::id();
  changed_.notify_all();
  if (call.thrown) std::rethrow_exception(call.thrown);
}

void EventLoop::post(Task task) {
  const std::lock_guard lock(mutex_);
  if (state_ == State::stopped) return;
  tasks_.push_back(std::move(task));
  wake();
}

Result<void> EventLoop::watch(int descriptor, std::uint32_t events, Handler handler) {
  const std::uint64_t id = ++last_watch_;
  TRY(control(epoll_, EPOLL_CTL_ADD, descriptor, id, events));
  watches_.emplace(id, std::make_shared<Watch>(Watch{descriptor, std::move(handler)}));
  return {};
}

Result<void> EventLoop::change_watch(int descriptor, std::uint32_t events) {
  const auto found =
      std::ranges::find_if(watches_, [&](const auto& entry) { return entry.second->descriptor == descriptor; });
  assert(found != watches_.end());
  return control(epoll_, EPOLL_CTL_MOD, descriptor, found->first, events);
}

void EventLoop::unwatch(int descriptor) {
  const auto found =
      std::ranges::find_if(watches_, [&](const auto& entry) { return entry.second->descriptor == descriptor; });
  if (found == watches_.end()) return;
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, descriptor, nullptr);
  watches_.erase(found);
}

EventLoop::TimerId EventLoop::set_timer(Clock::time_point when, Task task) {
  const TimerId timer = ++last_timer_;
  timers_.emplace(std::pair(when, timer), std::move(task));
  return timer;
}

void EventLoop::cancel_timer(TimerId timer) {
  std::erase_if(timers_, [&](const auto& entry) { return entry.first.second == timer; });
}

void EventLoop::turn(milliseconds patience) {
  call([&] { round(patience); });
}

void EventLoop::run() {
  owner_ = std::this_thread::get_id();
  while (!may_end())
    round(for_ever);
}

// From here on call() finds nobody on the loop and serves itself, so the role is given up under the same lock.
bool EventLoop::may_end() {
  const std::lock_guard lock(mutex_);
  if (state_ != State::stopping || first_call_ != nullptr) return false;
  state_ = State::stopped;
  tasks_.clear();
  owner_ = std::thread::id();
  return true;
}

void EventLoop::round(milliseconds patience) {
  std::array<epoll_event, 16> ready{};
  const int count = epoll_wait(epoll_.get(), ready.data(), static_cast<int>(ready.size()), timeout(patience));
  for (int index = 0; index < count; ++index) {
    const epoll_event& event = ready[static_cast<std::size_t>(index)];
    guarded([&] { dispatch(event.data.u64, event.events); });
  }
  run_timers();
  serve_calls();
  run_tasks();
}

/// What epoll_wait() may wait at most, in milliseconds, rounded up so that a timer is due when it comes back.
int EventLoop::timeout(milliseconds patience) {
  {
    const std::lock_guard lock(mutex_);
    if (!tasks_.empty() || first_call_ != nullptr || state_ == State::stopping) return 0;
  }
  if (!timers_.empty()) {
    const auto left = std::chrono::ceil<milliseconds>(timers_.begin()->first.first - Clock::now());
    const auto bounded = std::clamp(left, milliseconds(0), milliseconds(60'000));
    patience = patience == for_ever ? bounded : std::min(patience, bounded);
  }
  return static_cast<int>(patience.count());
}

void EventLoop::dispatch(std::uint64_t id, std::uint32_t events) {
  if (id == wake_id) {
    std::uint64_t count = 0;
    static_cast<void>(::read(wake_.get(), &count, sizeof count)); // it need not say more than that it woke us
    return;
  }
  const auto found = watches_.find(id);
  if (found == watches_.end()) return; // unwatched by an earlier handler of this round
  const auto watch = found->second;    // stays while its handler unwatches it
  watch->handler(events);
}

// Only what is due now: a timer that a timer sets comes with a later round, and so do tasks below.
void EventLoop::run_timers() {
  const auto now = Clock::now();
  const TimerId newest = last_timer_;
  for (auto next = timers_.begin(); next != timers_.end() && next->first.first <= now;) {
    if (next->first.second > newest) {
      ++next;
      continue;
    }
    const Task task = std::move(next->second);
    timers_.erase(next);
    guarded(task);
    next = timers_.begin(); // the task may have changed the map
  }
}

void EventLoop::run_tasks() {
  std::vector<Task> tasks;
  {
    const std::lock_guard lock(mutex_);
    tasks.swap(tasks_);
  }
  for (const Task& task : tasks)
    guarded(task);
}

void EventLoop::serve_calls() {
  std::unique_lock lock(mutex_);
  while (first_call_ != nullptr) {
    Call& call = *first_call_;
    first_call_ = call.next;
    if (first_call_ == nullptr) last_call_ = &first_call_;
    lock.unlock();
    try {
      call.task();
    } catch (...) {
      call.thrown = std::current_exception();
    }
    lock.lock();
    call.done = true; // its caller returns, and with it the Call ends
    changed_.notify_all();
  }
}

void EventLoop::guarded(const Task& task) {
  try {
    task();
  } catch (const std::bad_alloc&) {
    if (!on_failure_) throw;
    on_failure_(host_error(ENOMEM, "serve a device"));
  }
}

void EventLoop::wake() const {
  const std::uint64_t one = 1;
  static_cast<void>(::write(wake_.get(), &one, sizeof one)); // full means that it is awake
}

} // namespace volt::virtio
