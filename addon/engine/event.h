// Events as volt-vmm writes them and volt.node hands them over: one JSON object each (docs/architecture.md).
#pragma once

#include <chrono>
#include <string>
#include <sys/types.h>

#include "base/error.h"
#include "engine/notice.h"
#include "engine/stop_report.h"

namespace volt {

// Each is one line of JSON without its newline, with the present time.
/// `details` is a JSON object in UTF-8, whose members follow.
[[nodiscard]] std::string event_with(const char* name, const std::string& details);
[[nodiscard]] std::string started_event(pid_t pid, std::size_t vcpus);
[[nodiscard]] std::string failed_event(const Error& error);
[[nodiscard]] std::string console_dropped_event(std::uint64_t bytes);
[[nodiscard]] std::string notice_event(const Notice& notice);
/// The guest reset itself and boots again after a delay.
[[nodiscard]] std::string reset_event(std::chrono::milliseconds delay);
[[nodiscard]] std::string stopped_event(const StopReport& report);

} // namespace volt
