// What a helper says while it starts.
#pragma once

#include <chrono>
#include <string>

#include "base/bounded_log.h"
#include "base/file_descriptor.h"
#include "base/signal_watch.h"

namespace volt {

class HelperWords {
public:
  using Clock = std::chrono::steady_clock;

  /// Of the last of them.
  static constexpr std::size_t maximum_bytes = 4096;
  static constexpr std::size_t shown_bytes = 500;

  /// Takes them all; must outlive it.
  explicit HelperWords(BoundedLog& log) : log_(log) {}

  /// Hears `output` until `sign` is readable or hangs up: true, or false at `until`. The error where `signals` ask for
  /// the end.
  [[nodiscard]] Result<bool> hear_until(int sign, const FileDescriptor& output, SignalWatch& signals,
                                        Clock::time_point until);
  /// Hears to the end, or as long as there is something at `until`.
  void hear_rest(const FileDescriptor& output, Clock::time_point until);

  /// In one line, without what passt says in any case; `it was silent` where there is nothing.
  [[nodiscard]] std::string sentence() const;

private:
  /// Whether more may come.
  [[nodiscard]] bool hear(int output);

  BoundedLog& log_;
  std::string text_;
};

} // namespace volt
