// A line at a time; the room for them refills with time.
#include "keeper/machine_events.h"

#include <algorithm>

#include "keeper/event_check.h"

namespace volt {

void MachineEvents::begin(pid_t pid) {
  pid_ = pid;
  line_.clear();
  is_too_long_ = has_started_ = has_stopped_ = has_failed_ = has_sandbox_ = false;
  resets_ = 0;
}

void MachineEvents::hear(std::string_view bytes, Clock::time_point now) {
  for (const char byte : bytes) {
    if (byte == '\n') {
      take_line(now);
    } else if (line_.size() < maximum_line_bytes) {
      line_ += byte;
    } else {
      is_too_long_ = true;
    }
  }
}

void MachineEvents::take_line(Clock::time_point now) {
  const std::string_view kind = is_too_long_ ? std::string_view() : kind_of_event(line_);
  const bool is_once =
      kind == "stopped" || kind == "failed" || kind == "sandbox" || (kind == "started" && !has_started_);
  // What is told once a process has room always.
  if (kind.empty() || is_once_too_often(kind) || (!fits(line_.size() + 1, now) && !is_once)) {
    ++dropped_;
  } else {
    if (kind == "started") tell_own_pid();
    if (kind == "reset") ++resets_;
    outlet_(line_ += '\n');
  }
  // What is not told again has happened all the same.
  has_started_ = has_started_ || kind == "started";
  line_.clear();
  is_too_long_ = false;
}

bool MachineEvents::is_once_too_often(std::string_view kind) {
  if (kind == "stopped") return std::exchange(has_stopped_, true);
  if (kind == "failed") return std::exchange(has_failed_, true);
  if (kind == "sandbox") return std::exchange(has_sandbox_, true);
  return false;
}

bool MachineEvents::fits(std::size_t bytes, Clock::time_point now) {
  if (bytes > lifetime_room_bytes_ || !has_room(bytes, now)) return false;
  lifetime_room_bytes_ -= bytes;
  return true;
}

bool MachineEvents::has_room(std::size_t bytes, Clock::time_point now) {
  const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(now - std::exchange(filled_, now)).count();
  const auto most = static_cast<std::int64_t>(burst_bytes * 1000 / bytes_per_second);
  room_bytes_ += static_cast<std::size_t>(std::clamp<std::int64_t>(passed, 0, most)) * bytes_per_second / 1000;
  room_bytes_ = std::min(room_bytes_, burst_bytes);
  if (bytes > room_bytes_) return false;
  room_bytes_ -= bytes;
  return true;
}

/// In a PID namespace it is 1 to itself.
void MachineEvents::tell_own_pid() {
  constexpr std::string_view name = R"(,"pid":)";
  const std::size_t found = line_.find(name);
  if (found == std::string::npos) return;
  const std::size_t begin = found + name.size();
  const std::size_t end = line_.find_first_not_of("0123456789", begin);
  line_.replace(begin, end == std::string::npos ? end : end - begin, std::to_string(pid_));
}

} // namespace volt
