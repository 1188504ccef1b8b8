// The threads, and the way of results back to the loop.
#include "devices/virtio/thread_pool_engine.h"

#include <cassert>
#include <sys/epoll.h>
#include <unistd.h>
#include <utility>

namespace volt::virtio {

Result<std::unique_ptr<ThreadPoolEngine>> ThreadPoolEngine::create(std::vector<FileDescriptor> files, EventLoop& loop) {
  std::unique_ptr<ThreadPoolEngine> engine(new ThreadPoolEngine(std::move(files), loop));
  TRY(engine->set_up());
  return engine;
}

Result<void> ThreadPoolEngine::set_up() {
  completed_ = TRY(FileDescriptor::event_counter());
  TRY(loop_.watch(completed_.get(), EPOLLIN, [this](std::uint32_t) {
    std::uint64_t count = 0;
    static_cast<void>(::read(completed_.get(), &count, sizeof count)); // ended_ says how many there are
    Pending* ended = nullptr;
    {
      const std::lock_guard lock(mutex_);
      ended = std::exchange(ended_, nullptr);
    }
    settle_list(ended);
    batch_ended();
  }));
  threads_.reserve(thread_count);
  for (unsigned index = 0; index < thread_count; ++index)
    threads_.push_back(TRY(Thread::start("disk-io", [this] { work(); })));
  return {};
}

ThreadPoolEngine::~ThreadPoolEngine() {
  if (completed_.valid()) loop_.call([this] { loop_.unwatch(completed_.get()); });
  assert(under_way() == 0);
  {
    const std::lock_guard lock(mutex_);
    quitting_ = true;
  }
  has_work_.notify_all();
  for (Thread& thread : threads_)
    thread.join();
}

void ThreadPoolEngine::submit(Pending& pending) {
  {
    const std::lock_guard lock(mutex_);
    submitted_.push_back(&pending);
  }
  has_work_.notify_one();
}

void ThreadPoolEngine::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    has_work_.wait(lock, [this] { return quitting_ || !submitted_.empty(); });
    if (quitting_) return;
    Pending* pending = submitted_.front();
    submitted_.pop_front();
    lock.unlock();
    pending->result = perform(pending->operation, pending->left(), files_[pending->operation.file].get());
    lock.lock();
    pending->next = std::exchange(ended_, pending);
    has_ended_.notify_one();
    const std::uint64_t one = 1;
    static_cast<void>(::write(completed_.get(), &one, sizeof one)); // full means that the loop knows
  }
}

void ThreadPoolEngine::wait() {
  Pending* ended = nullptr;
  {
    std::unique_lock lock(mutex_);
    has_ended_.wait(lock, [this] { return ended_ != nullptr; });
    ended = std::exchange(ended_, nullptr);
  }
  settle_list(ended);
}

// settle() may destroy the operation or submit it again: what comes after it is read before.
void ThreadPoolEngine::settle_list(Pending* first) {
  while (first != nullptr) {
    Pending& pending = *std::exchange(first, first->next);
    settle(pending, pending.result);
  }
}

} // namespace volt::virtio
