// File operations by a few threads that block: for hosts that forbid io_uring.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>

#include "base/thread.h"
#include "devices/virtio/io_engine.h"

namespace volt::virtio {

class ThreadPoolEngine : public IoEngine {
public:
  static constexpr unsigned thread_count = 4;

  /// `loop` must outlive the engine, whose threads run until its end.
  [[nodiscard]] static Result<std::unique_ptr<ThreadPoolEngine>> create(std::vector<FileDescriptor> files,
                                                                        EventLoop& loop);
  ~ThreadPoolEngine() override;

  void commit() override {}

private:
  ThreadPoolEngine(std::vector<FileDescriptor> files, EventLoop& loop) : files_(std::move(files)), loop_(loop) {}

  [[nodiscard]] Result<void> set_up();
  void submit(Pending& pending) override;
  void wait() override;
  void work();
  void settle_list(Pending* first);

  const std::vector<FileDescriptor> files_;
  EventLoop& loop_;
  FileDescriptor completed_;
  std::vector<Thread> threads_;

  std::mutex mutex_;
  // Below: guarded by mutex_. What a Pending holds belongs to the thread that took it out of submitted_.
  std::condition_variable has_work_;
  std::condition_variable has_ended_;
  std::deque<Pending*> submitted_;
  Pending* ended_ = nullptr; // the first of a list
  bool quitting_ = false;
};

} // namespace volt::virtio
