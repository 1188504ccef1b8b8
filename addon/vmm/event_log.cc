// A queue and a pump for each descriptor.
#include "vmm/event_log.h"

#include <string>

namespace volt {

Result<void> EventLog::start(std::span<const int> descriptors) {
  for (const int descriptor : descriptors) {
    Outlet& outlet = *outlets_.emplace_back(std::make_unique<Outlet>());
    TRY(outlet.pump.start("events", outlet.queue, descriptor));
  }
  return {};
}

void EventLog::write(std::string_view event) {
  const std::string line = std::string(event) + "\n";
  // SAFETY: characters seen as bytes.
  const std::span bytes(reinterpret_cast<const std::uint8_t*>(line.data()), line.size());
  for (const auto& outlet : outlets_)
    static_cast<void>(outlet->queue.push_whole(bytes));
}

void EventLog::finish(std::chrono::milliseconds patience, std::chrono::milliseconds limit) {
  for (const auto& outlet : outlets_)
    outlet->queue.close();
  for (const auto& outlet : outlets_)
    outlet->pump.flush(patience, limit);
}

} // namespace volt
