// The I/O rings of a process's machines: made for the first, used again by those that follow when the guest resets.
#pragma once

#include <map>
#include <string>

#include "devices/virtio/io_ring.h"

namespace volt::virtio {

/// Used by one thread. A filter may forbid rings once the first machine is made (sandbox/seccomp.h).
class RingShelf {
public:
  /// The ring of that name: the one that is here, which whoever had it before has left at rest, or a new one. `files`
  /// are the same each time. Fails as IoRing::create does, and with ENOSYS for a new one after close().
  [[nodiscard]] Result<std::shared_ptr<IoRing>> ring(const std::string& name, std::span<const FileDescriptor> files);
  /// From now on no ring is made.
  void close() { is_closed_ = true; }

private:
  std::map<std::string, std::shared_ptr<IoRing>> rings_;
  bool is_closed_ = false;
};

} // namespace volt::virtio
