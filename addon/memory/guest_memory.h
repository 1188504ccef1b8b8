// The guest's RAM: mapped regions at guest-physical addresses, and the one checked way to their bytes.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "base/file_descriptor.h"
#include "base/result.h"
#include "memory/guest_address.h"
#include "memory/mapping.h"

namespace volt {

class GuestMemory {
public:
  enum class Backing {
    /// Private pages of this process.
    anonymous,
    /// Pages of a file without a name (memfd_create) a region, which another process may map too. The file's length is
    /// sealed: nobody takes pages away under the guest.
    shared,
  };
  struct Region {
    GuestRange range;
    Mapping mapping;
    /// Has the region from offset 0; for Backing::shared and no other.
    FileDescriptor file = {};
  };

  /// Maps each range; they must be page aligned and must not overlap. RAM reads as zero. Fails where the host has too
  /// few huge pages, or a range is no multiple of them.
  [[nodiscard]] static Result<GuestMemory>
  create(std::span<const GuestRange> ranges, Backing backing = Backing::anonymous, PageKind pages = PageKind::usual);

  [[nodiscard]] Backing backing() const { return backing_; }

  [[nodiscard]] std::span<const Region> regions() const { return regions_; }

  /// Of all regions.
  [[nodiscard]] std::uint64_t size_bytes() const;

  /// The bytes of `range`; nothing where it does not lie in one region. The guest may change them at any time.
  [[nodiscard]] std::optional<std::span<std::uint8_t>> at(GuestRange range) const;
  /// The bytes from `start` on, `maximum_bytes` of them or fewer where the region ends before; none outside memory. The
  /// guest may change them at any time.
  [[nodiscard]] std::span<std::uint8_t> from(GuestAddress start, std::uint64_t maximum_bytes) const;

private:
  GuestMemory(std::vector<Region> regions, Backing backing) : regions_(std::move(regions)), backing_(backing) {}

  std::vector<Region> regions_;
  Backing backing_;
};

/// Reads `target.size()` bytes at `offset` of a file; a shorter file is an error.
[[nodiscard]] Result<void> read_file_at(int descriptor, std::uint64_t offset_bytes, std::span<std::uint8_t> target);

} // namespace volt
