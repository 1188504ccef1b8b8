// A disk of two files: a base that is only read, and an overlay that has what was written (docs/overlay-format.md).
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "devices/virtio/disk.h"
#include "devices/virtio/overlay_map.h"

namespace volt::virtio {

/// A block comes to the overlay when it is first written: while that lasts it is locked, and other writers of it wait.
/// Readers need not: until then the base's data are the block's.
class OverlayDisk : public Disk {
public:
  /// Whether flush() and come_to_rest() wait until data are durable, or only keep the order of what is written.
  enum class Flush { syncs, orders_only };

  /// File 0 of the engine is the base, file 1 the overlay.
  OverlayDisk(std::unique_ptr<IoEngine> engine, OverlayMap map, Flush flush)
      : Disk(std::move(engine)), map_(std::move(map)), flush_(flush) {}

  void read(std::uint64_t offset, const BufferList& to, Done done) override;
  void write(std::uint64_t offset, const BufferList& from, Done done) override;
  void flush(Done done) override;
  void discard(std::uint64_t offset, std::uint64_t size_bytes, Done done) override;
  void write_zeroes(std::uint64_t offset, std::uint64_t size_bytes, bool may_unmap, Done done) override;
  void come_to_rest() override;

private:
  /// A request goes through its range step by step, one operation at a time.
  struct Request {
    enum class Kind { read, write, zero, discard } kind;
    std::uint64_t offset;
    std::uint64_t size_bytes;
    BufferList data; // read and write
    bool may_unmap;
    Done done;
    std::uint64_t position = 0; // how much is done

    [[nodiscard]] std::uint64_t next() const { return offset + position; }
    [[nodiscard]] std::uint64_t left() const { return size_bytes - position; }
  };
  using Shared = std::shared_ptr<Request>;

  struct Run {
    std::uint64_t first;
    std::uint64_t count;
  };

  struct FlushPass;

  void begin(Request request);
  void step(const Shared& request);
  void read_step(const Shared& request);
  void write_step(const Shared& request);
  void discard_step(const Shared& request);
  void go_on(const Shared& request, std::uint64_t count, int host_errno);

  void put(const Shared& request, std::uint64_t count, Done done);
  void put_new_blocks(const Shared& request, Run run, std::uint64_t count);
  void copy_up(const Shared& request, std::uint64_t block);
  [[nodiscard]] std::vector<iovec> data_of(const Request& request, std::uint64_t count) const;

  [[nodiscard]] std::uint64_t block_of(std::uint64_t offset) const { return offset / map_.layout().block_bytes; }
  [[nodiscard]] std::uint64_t start_of(std::uint64_t block) const { return block * map_.layout().block_bytes; }
  /// Where a block ends, or the disk.
  [[nodiscard]] std::uint64_t end_of(std::uint64_t block) const;
  [[nodiscard]] std::uint64_t place_of(std::uint64_t offset) const { return map_.layout().data_offset() + offset; }
  /// Bytes of the request from its position on that lie in blocks of which `is_wanted`.
  template <typename IsWanted>
  [[nodiscard]] std::uint64_t run_bytes(const Request& request, const IsWanted& is_wanted) const;
  [[nodiscard]] bool covers(const Request& request, std::uint64_t block) const;

  [[nodiscard]] bool is_locked(std::uint64_t block) const;
  void unlock(Run run);

  void start_pass();
  void write_pages(const std::shared_ptr<FlushPass>& pass, std::size_t index);
  void sync(Done done);
  void end_pass(const std::shared_ptr<FlushPass>& pass, int host_errno);

  OverlayMap map_;
  const Flush flush_;
  std::vector<Run> locked_;
  std::vector<Shared> waiting_; // for a lock
  bool is_flushing_ = false;
  std::vector<Done> next_flush_; // for the pass after the one under way
};

} // namespace volt::virtio
