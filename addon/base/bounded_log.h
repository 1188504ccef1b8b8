// A log of what others say: guests can make them talk, so that it holds a part of it.
#pragma once

#include <string>
#include <string_view>

namespace volt {

class BoundedLog {
public:
  static constexpr std::size_t maximum_bytes = 1 << 20;
  /// Behind them.
  static constexpr std::string_view last_line = "\nvolt-vmm: the log is full\n";

  /// The descriptor stays the caller's.
  explicit BoundedLog(int descriptor) : descriptor_(descriptor) {}

  /// As much of it as still fits.
  void write(std::string_view text);

private:
  void put(std::string_view text) const;

  const int descriptor_;
  std::size_t room_bytes_ = maximum_bytes;
};

struct Heard {
  std::string text;
  /// Nothing comes any more.
  bool has_ended = false;
};

/// What can be read at once, a pipe's worth at most; what is left, if anything, makes `source` readable again.
[[nodiscard]] Heard hear(int source);

} // namespace volt
