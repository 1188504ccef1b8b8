// The table of descriptors, the clock, and what fails.
#include "host/host_kernel.h"

#include <algorithm>
#include <cerrno>

namespace volt::test {

HostKernel& HostKernel::instance() {
  static HostKernel kernel;
  return kernel;
}

void HostKernel::restart() {
  table_.clear();
  names.clear();
  now_ = std::chrono::hours(1);
  next_random_ = 0;
  failure_.reset();
}

int HostKernel::open(std::shared_ptr<HostObject> object) {
  const auto free = std::ranges::find(table_, nullptr);
  const auto index = free - table_.begin();
  if (free == table_.end())
    table_.push_back(std::move(object));
  else
    *free = std::move(object);
  return first_descriptor + static_cast<int>(index);
}

int HostKernel::close(int descriptor) {
  auto object = find(descriptor);
  if (!object) return -EBADF;
  table_[static_cast<std::size_t>(descriptor - first_descriptor)].reset();
  return 0;
}

std::size_t HostKernel::open_count() const {
  return table_.size() - static_cast<std::size_t>(std::ranges::count(table_, nullptr));
}

void HostKernel::fill(std::span<std::uint8_t> data) {
  std::ranges::fill(data, next_random_++);
}

int HostKernel::failure_of(HostCall call) {
  if (!failure_ || failure_->call != call) return 0;
  const int host_errno = failure_->host_errno;
  failure_.reset();
  return host_errno;
}

} // namespace volt::test
