// A queue and a pump for each descriptor.
#include "vmm/event_log.h"

#include <string>
#include <utility>

#include "engine/event.h"

namespace volt {

namespace {

// On the disk, for the last event of a file system that fills up.
constexpr std::size_t file_reserve_bytes = std::size_t{16} * 1024;

bool push_line(ByteQueue& queue, std::string_view event, std::size_t spare_bytes) {
  const std::string line = std::string(event) + "\n";
  // SAFETY: characters seen as bytes.
  const std::span bytes(reinterpret_cast<const std::uint8_t*>(line.data()), line.size());
  return queue.push_whole(bytes, spare_bytes);
}

} // namespace

Result<void> EventLog::start(std::span<const int> descriptors) {
  for (const int descriptor : descriptors) {
    Outlet& outlet = *outlets_.emplace_back(std::make_unique<Outlet>());
    TRY(outlet.pump.start("events", outlet.queue, descriptor, file_reserve_bytes));
  }
  return {};
}

void EventLog::write(std::string_view event) {
  for (const auto& outlet : outlets_)
    static_cast<void>(push_line(outlet->queue, event, reserve_bytes));
}

void EventLog::write_dropped(std::uint64_t bytes) {
  for (const auto& outlet : outlets_) {
    outlet->owed_dropped_bytes += bytes;
    if (outlet->owed_dropped_bytes == 0 || !outlet->queue.empty()) continue;
    const std::uint64_t owed = std::exchange(outlet->owed_dropped_bytes, 0);
    static_cast<void>(push_line(outlet->queue, console_dropped_event(owed), reserve_bytes));
  }
}

void EventLog::finish(std::string_view event, FlushBudget& budget) {
  for (const auto& outlet : outlets_) {
    if (outlet->owed_dropped_bytes > 0)
      static_cast<void>(push_line(outlet->queue, console_dropped_event(outlet->owed_dropped_bytes), 0));
    static_cast<void>(push_line(outlet->queue, event, 0));
    outlet->queue.close();
  }
  for (const auto& outlet : outlets_)
    outlet->pump.flush(budget);
}

} // namespace volt
