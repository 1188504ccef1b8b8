// fallocate without a change of the file's size.
#include "vmm/file_reserve.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/file_descriptor.h"

namespace volt {

FileReserve::FileReserve(int descriptor, std::size_t size_bytes) : descriptor_(descriptor), size_bytes_(size_bytes) {
  struct stat status {};
  if (look_at(descriptor, status) != 0 || !S_ISREG(status.st_mode)) size_bytes_ = 0;
  renew();
}

void FileReserve::prepare(std::size_t count) {
  if (left_bytes_ < count + size_bytes_ / 2) renew();
  left_bytes_ -= left_bytes_ < count ? left_bytes_ : count;
}

void FileReserve::renew() {
  if (size_bytes_ == 0) return;
  struct stat status {};
  const bool taken = look_at(descriptor_, status) == 0 &&
                     fallocate(descriptor_, FALLOC_FL_KEEP_SIZE, status.st_size, static_cast<off_t>(size_bytes_)) == 0;
  if (taken) left_bytes_ = size_bytes_;
}

} // namespace volt
