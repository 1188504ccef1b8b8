// What the machine's process says of itself, as far as the keeper has to know it.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace volt {

/// Takes apart the stream of events of a machine, which a guest that broke out may have written: it is believed only
/// about the machine itself, and no line is longer than what is kept.
class MachineWords {
public:
  static constexpr std::size_t maximum_line_bytes = std::size_t{16} * 1024;

  /// A machine has just been launched.
  void begin();
  void hear(std::string_view bytes);

  /// Whether the guest ran, and whether its end or the failure to start it was told.
  [[nodiscard]] bool has_started() const { return has_started_; }
  [[nodiscard]] bool has_stopped() const { return has_stopped_; }
  [[nodiscard]] bool has_failed() const { return has_failed_; }
  /// How often the guest reset itself and boots again.
  [[nodiscard]] unsigned resets() const { return resets_; }

private:
  void take_line();

  std::string line_;
  bool is_too_long_ = false;
  bool has_started_ = false;
  bool has_stopped_ = false;
  bool has_failed_ = false;
  unsigned resets_ = 0;
};

} // namespace volt
