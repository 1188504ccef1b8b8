// Which blocks of a disk lie in its overlay file, and which of that the file does not know yet
// (docs/overlay-format.md).
#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "base/file_descriptor.h"
#include "memory/mapping.h"

namespace volt::virtio {

/// Places in an overlay file, in bytes.
struct OverlayLayout {
  std::uint64_t base_bytes = 0;
  std::uint64_t block_bytes = 0;

  [[nodiscard]] std::uint64_t block_count() const { return (base_bytes + block_bytes - 1) / block_bytes; }
  [[nodiscard]] static constexpr std::uint64_t bitmap_offset() { return 4096; }
  [[nodiscard]] std::uint64_t bitmap_bytes() const { return (block_count() + 7) / 8; }
  [[nodiscard]] std::uint64_t data_offset() const;
  [[nodiscard]] std::uint64_t file_bytes() const { return data_offset() + block_count() * block_bytes; }
};

/// Bits only go from clear to set. Not thread safe.
class OverlayMap {
public:
  static constexpr std::uint64_t page_bytes = 4096;

  /// A page of the bitmap as it is to be written.
  struct Page {
    std::uint64_t index = 0;
    std::vector<std::uint8_t> bytes;
  };

  /// Reads header and bitmap. The error where the file is no overlay, a damaged one, or one of another base.
  [[nodiscard]] static Result<OverlayMap> load(const FileDescriptor& overlay, std::uint64_t base_bytes);

  [[nodiscard]] const OverlayLayout& layout() const { return layout_; }
  [[nodiscard]] bool has(std::uint64_t block) const { return (bits_.bytes()[block / 8] >> (block % 8) & 1) != 0; }
  void add(std::uint64_t first, std::uint64_t count);

  [[nodiscard]] bool has_changed() const { return !changed_.empty(); }
  /// Copies of the pages that changed since they were last taken; they count as written now.
  [[nodiscard]] std::vector<Page> take_changed();
  /// They were not written after all.
  void put_back(const std::vector<Page>& pages);

private:
  OverlayMap(const OverlayLayout& layout, Mapping bits) : layout_(layout), bits_(std::move(bits)) {}

  OverlayLayout layout_;
  Mapping bits_; // whole pages; those without a bit take no memory
  std::set<std::uint64_t> changed_;
};

} // namespace volt::virtio
