// The overlay's header and bitmap.
#include "devices/virtio/overlay_map.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>
#include <sys/stat.h>

#include "memory/guest_memory.h"

namespace volt::virtio {

namespace {

constexpr std::string_view magic = "VOLTOVLY";
constexpr std::uint32_t format_version = 1;
constexpr std::uint32_t smallest_block = 4096;
constexpr std::uint32_t largest_block = 65536;

/// On disk, little-endian, as all machines that Volt runs on are.
struct Header {
  std::array<char, 8> magic;
  std::uint32_t version;
  std::uint32_t block_bytes;
  std::uint64_t base_bytes;
};
static_assert(sizeof(Header) == 24);

constexpr std::uint64_t round_up(std::uint64_t value, std::uint64_t unit) {
  return (value + unit - 1) / unit * unit;
}

Error broken(const std::string& problem) {
  return {.message = "the overlay " + problem, .hint = "make a new overlay, or give back the image it was made for"};
}

Result<OverlayLayout> read_layout(const FileDescriptor& overlay, std::uint64_t base_bytes) {
  struct stat status {};
  if (look_at(overlay.get(), status) != 0) return host_error(errno, "look at the overlay");
  const auto file_bytes = static_cast<std::uint64_t>(status.st_size);
  if (!S_ISREG(status.st_mode) || file_bytes < OverlayLayout::bitmap_offset()) return broken("is not an overlay file");
  std::array<std::uint8_t, sizeof(Header)> bytes{};
  TRY(read_file_at(overlay.get(), 0, bytes));
  Header header{};
  std::memcpy(&header, bytes.data(), sizeof header);
  if (std::string_view(header.magic.data(), header.magic.size()) != magic) return broken("is not an overlay file");
  if (header.version != format_version)
    return broken("has version " + std::to_string(header.version) + ", this Volt knows version 1");
  const std::uint32_t block = header.block_bytes;
  if (block < smallest_block || block > largest_block || (block & (block - 1)) != 0)
    return broken("has blocks of " + std::to_string(block) + " bytes, which cannot be");
  if (header.base_bytes != base_bytes) {
    return broken("was made for an image of " + std::to_string(header.base_bytes) + " bytes, not " +
                  std::to_string(base_bytes));
  }
  const OverlayLayout layout{.base_bytes = base_bytes, .block_bytes = block};
  if (file_bytes != layout.file_bytes()) {
    return broken("has " + std::to_string(file_bytes) + " bytes, not " + std::to_string(layout.file_bytes()));
  }
  return layout;
}

/// Whether a bit behind the last block is set.
bool has_stray_bits(const OverlayLayout& layout, std::span<const std::uint8_t> bits) {
  const std::uint64_t used = layout.block_count() % 8;
  return used != 0 && (bits[layout.bitmap_bytes() - 1] >> used) != 0;
}

} // namespace

std::uint64_t OverlayLayout::data_offset() const {
  return round_up(bitmap_offset() + bitmap_bytes(), block_bytes);
}

Result<OverlayMap> OverlayMap::load(const FileDescriptor& overlay, std::uint64_t base_bytes) {
  const OverlayLayout layout = TRY(read_layout(overlay, base_bytes));
  Mapping bits = TRY(Mapping::anonymous(round_up(layout.bitmap_bytes(), page_bytes)));
  std::array<std::uint8_t, page_bytes> page{};
  for (std::uint64_t offset = 0; offset < layout.bitmap_bytes(); offset += page_bytes) {
    const auto part = std::span(page).first(std::min(page_bytes, layout.bitmap_bytes() - offset));
    TRY(read_file_at(overlay.get(), OverlayLayout::bitmap_offset() + offset, part));
    // Pages of zeros stay untouched.
    if (std::ranges::any_of(part, [](std::uint8_t byte) { return byte != 0; }))
      std::ranges::copy(part, bits.bytes().subspan(offset).begin());
  }
  if (has_stray_bits(layout, bits.bytes())) return broken("is damaged: it has blocks behind its end");
  return OverlayMap(layout, std::move(bits));
}

void OverlayMap::add(std::uint64_t first, std::uint64_t count) {
  assert(first + count <= layout_.block_count());
  for (std::uint64_t block = first; block < first + count; ++block) {
    std::uint8_t& byte = bits_.bytes()[block / 8];
    const auto bit = static_cast<std::uint8_t>(1U << (block % 8));
    if ((byte & bit) != 0) continue;
    byte |= bit;
    changed_.insert(block / 8 / page_bytes);
  }
}

std::vector<OverlayMap::Page> OverlayMap::take_changed() {
  std::vector<Page> pages;
  for (const std::uint64_t index : changed_) {
    const std::uint64_t offset = index * page_bytes;
    const auto bytes = bits_.bytes().subspan(offset, std::min(page_bytes, layout_.bitmap_bytes() - offset));
    pages.push_back({.index = index, .bytes = {bytes.begin(), bytes.end()}});
  }
  changed_.clear();
  return pages;
}

void OverlayMap::put_back(const std::vector<Page>& pages) {
  for (const Page& page : pages)
    changed_.insert(page.index);
}

} // namespace volt::virtio
