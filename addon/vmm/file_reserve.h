// Disk space that is taken before it is needed.
#pragma once

#include <cstddef>

namespace volt {

/// Keeps space allocated behind the end of a regular file, so that a little can still be written when the file system
/// is full. Nothing happens for other descriptors, for 0 bytes, and where the file system cannot do it.
class FileReserve {
public:
  FileReserve(int descriptor, std::size_t size_bytes);

  /// Before `count` bytes are written: takes space anew when less than half of the reserve would be left.
  void prepare(std::size_t count);

private:
  void renew();

  const int descriptor_;
  std::size_t size_bytes_;
  std::size_t left_bytes_ = 0;
};

} // namespace volt
