// An I/O engine that does nothing until it is told to: tests decide what happens when, and what fails.
#pragma once

#include <deque>
#include <optional>

#include "devices/virtio/io_engine.h"

namespace volt::test {

class SteppedEngine : public virtio::IoEngine {
public:
  using Kind = virtio::IoOperation::Kind;
  using Observer = std::function<void(const virtio::IoOperation&, std::span<const iovec>)>;

  explicit SteppedEngine(std::vector<FileDescriptor> files) : files_(std::move(files)) {}

  void commit() override {}

  /// Operations that wait, as "write 1" for a write to file 1.
  [[nodiscard]] std::vector<std::string> waiting() const;
  [[nodiscard]] std::size_t waiting_count() const { return waiting_.size(); }
  /// Performs the operation at `index` of those that wait, or lets it end with `result`, and says so to the device.
  void step(std::size_t index = 0, std::optional<std::int64_t> result = std::nullopt);
  /// Until nothing waits.
  void run();
  /// Called before an operation is performed.
  void observe(Observer observer) { observer_ = std::move(observer); }

private:
  void submit(Pending& pending) override { waiting_.push_back(&pending); }
  void wait() override { settle_at(0, std::nullopt); }
  void settle_at(std::size_t index, std::optional<std::int64_t> result);

  const std::vector<FileDescriptor> files_;
  std::deque<Pending*> waiting_;
  Observer observer_;
};

} // namespace volt::test
