// By the name of the disk.
#include "devices/virtio/ring_shelf.h"

#include <cerrno>

namespace volt::virtio {

Result<std::shared_ptr<IoRing>> RingShelf::ring(const std::string& name, std::span<const FileDescriptor> files) {
  const auto known = rings_.find(name);
  if (known != rings_.end()) return known->second;
  if (is_closed_) return host_error(ENOSYS, "create an I/O ring after the first machine");
  auto ring = TRY(IoRing::create(files));
  rings_.emplace(name, ring);
  return ring;
}

} // namespace volt::virtio
