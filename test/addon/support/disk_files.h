// Files that serve as disks in tests, and overlays for them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/file_descriptor.h"

namespace volt::test {

/// An empty file of this length that is gone with its last descriptor: in memory (tmpfs, which has no ZERO_RANGE), or
/// in /tmp.
[[nodiscard]] FileDescriptor memory_file(std::uint64_t size_bytes);
[[nodiscard]] FileDescriptor disk_file(std::uint64_t size_bytes);
/// A memory_file() whose sectors say where they are.
[[nodiscard]] FileDescriptor numbered_file(std::uint64_t size_bytes);
/// What sector `number` of numbered_file() holds.
[[nodiscard]] std::vector<std::uint8_t> numbered_sector(std::uint64_t number);
/// An empty overlay, made as docs/overlay-format.md says.
[[nodiscard]] FileDescriptor overlay_file(std::uint64_t base_bytes, std::uint32_t block_bytes = 4096);

[[nodiscard]] FileDescriptor copy_of(const FileDescriptor& descriptor);
[[nodiscard]] std::vector<FileDescriptor> copies_of(std::initializer_list<const FileDescriptor*> descriptors);
[[nodiscard]] std::vector<std::uint8_t> contents(const FileDescriptor& file, std::uint64_t offset,
                                                 std::size_t size_bytes);
void put_contents(const FileDescriptor& file, std::uint64_t offset, const std::vector<std::uint8_t>& bytes);
/// Bytes of disk that the file takes up.
[[nodiscard]] std::uint64_t allocated_bytes(const FileDescriptor& file);

} // namespace volt::test
