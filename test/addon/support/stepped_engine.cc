#include "support/stepped_engine.h"

#include <array>

namespace volt::test {

std::vector<std::string> SteppedEngine::waiting() const {
  constexpr std::array names{"read", "write", "sync", "punch", "zero"};
  std::vector<std::string> texts;
  for (const Pending* pending : waiting_) {
    const virtio::IoOperation& operation = pending->operation;
    texts.push_back(std::string(names[static_cast<std::size_t>(operation.kind)]) + " " +
                    std::to_string(operation.file));
  }
  return texts;
}

void SteppedEngine::step(std::size_t index, std::optional<std::int64_t> result) {
  settle_at(index, result);
  batch_ended();
}

void SteppedEngine::run() {
  while (!waiting_.empty())
    step();
}

void SteppedEngine::settle_at(std::size_t index, std::optional<std::int64_t> result) {
  Pending& pending = *waiting_.at(index);
  waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(index));
  if (!result) {
    if (observer_) observer_(pending.operation, pending.left());
    result = virtio::perform(pending.operation, pending.left(), files_[pending.operation.file].get());
  }
  settle(pending, *result);
}

} // namespace volt::test
