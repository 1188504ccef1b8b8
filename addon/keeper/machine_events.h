// What the machine's process says of itself, and how much of it is passed on.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <utility>

namespace volt {

/// Takes apart the stream of events of a machine, which a guest that broke out may have written: only lines that are
/// events of a machine are passed on, so many in a time, and what is told once a process is taken once.
class MachineEvents {
public:
  using Clock = std::chrono::steady_clock;
  /// Takes a line with its newline.
  using Outlet = std::function<void(std::string_view line)>;

  static constexpr std::size_t maximum_line_bytes = std::size_t{16} * 1024;
  /// Of a machine that was silent before, and of one that always has more to say.
  static constexpr std::size_t burst_bytes = std::size_t{256} * 1024;
  static constexpr std::size_t bytes_per_second = std::size_t{4} * 1024;
  /// Of all processes of a machine together, but for what is told once a process: the log has an end.
  static constexpr std::size_t lifetime_bytes = std::size_t{16} * 1024 * 1024;

  explicit MachineEvents(Outlet outlet) : outlet_(std::move(outlet)) {}

  /// A machine has just been launched; `pid` is its number on the host, which it does not know itself.
  void begin(pid_t pid);
  void hear(std::string_view bytes, Clock::time_point now = Clock::now());

  /// Whether the guest ran, and whether its end or the failure to start it was told.
  [[nodiscard]] bool has_started() const { return has_started_; }
  [[nodiscard]] bool has_stopped() const { return has_stopped_; }
  [[nodiscard]] bool has_failed() const { return has_failed_; }
  /// How often the guest reset itself and boots again, as far as it was passed on: what follows of a reset is bounded
  /// so.
  [[nodiscard]] unsigned resets() const { return resets_; }
  /// Lines that were not passed on, since the last call.
  [[nodiscard]] unsigned take_dropped() { return std::exchange(dropped_, 0U); }

private:
  void take_line(Clock::time_point now);
  [[nodiscard]] bool is_once_too_often(std::string_view kind);
  [[nodiscard]] bool fits(std::size_t bytes, Clock::time_point now);
  [[nodiscard]] bool has_room(std::size_t bytes, Clock::time_point now);
  void tell_own_pid();

  const Outlet outlet_;
  pid_t pid_ = -1;
  std::string line_;
  bool is_too_long_ = false;
  bool has_started_ = false;
  bool has_stopped_ = false;
  bool has_failed_ = false;
  bool has_sandbox_ = false;
  unsigned resets_ = 0;
  unsigned dropped_ = 0;
  std::size_t room_bytes_ = burst_bytes;
  std::size_t lifetime_room_bytes_ = lifetime_bytes;
  Clock::time_point filled_{};
};

} // namespace volt
