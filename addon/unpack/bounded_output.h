// Standard output, up to a limit: what a bomb unpacks to does not fill a disk.
#pragma once

#include <cstddef>
#include <span>

#include "base/result.h"

namespace volt {

class BoundedOutput {
public:
  BoundedOutput(int descriptor, std::size_t limit_bytes) : descriptor_(descriptor), left_bytes_(limit_bytes) {}

  /// Takes as many bytes off the limit, written or not. An Error when they are more than are left.
  [[nodiscard]] Result<void> count(std::size_t bytes);
  /// All of them. Counts them; an Error when the reader is gone or the disk is full.
  [[nodiscard]] Result<void> write(std::span<const std::byte> bytes);

private:
  int descriptor_;
  std::size_t left_bytes_;
};

} // namespace volt
