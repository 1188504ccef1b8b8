// The file of what the guest wrote to its console, which does not grow without end.
#pragma once

#include <cstdint>
#include <span>

#include "base/file_descriptor.h"

namespace volt {

/// `console.log` of a directory. One that would pass its size becomes `console.log.1`, in place of an older one.
class ConsoleLog {
public:
  /// The directory stays the caller's.
  ConsoleLog(int directory, std::uint64_t maximum_bytes) : directory_(directory), maximum_bytes_(maximum_bytes) {}

  /// A new file in place of an older one, which whoever reads it keeps.
  [[nodiscard]] Result<void> start();
  /// How many of the bytes were not written, as on a file system without space.
  [[nodiscard]] std::size_t write(std::span<const char> bytes);

private:
  [[nodiscard]] Result<void> open_new();
  void rotate();

  const int directory_;
  const std::uint64_t maximum_bytes_;
  FileDescriptor file_;
  std::uint64_t size_bytes_ = 0;
};

} // namespace volt
