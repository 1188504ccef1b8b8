// A disk whose bytes are a file's or block device's own.
#pragma once

#include "devices/virtio/disk.h"

namespace volt::virtio {

class RawDisk : public Disk {
public:
  enum class Flush { syncs, does_nothing };

  /// File 0 of the engine is the disk.
  RawDisk(std::unique_ptr<IoEngine> engine, Flush flush) : Disk(std::move(engine)), flush_(flush) {}

  void read(std::uint64_t offset, const BufferList& to, Done done) override;
  void write(std::uint64_t offset, const BufferList& from, Done done) override;
  void flush(Done done) override;
  void discard(std::uint64_t offset, std::uint64_t size_bytes, Done done) override;
  void write_zeroes(std::uint64_t offset, std::uint64_t size_bytes, bool may_unmap, Done done) override;
  void come_to_rest() override { engine().cancel_all(); }

private:
  const Flush flush_;
};

} // namespace volt::virtio
