#include "support/disk_files.h"

#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace volt::test {

namespace {

constexpr std::uint64_t sector = 512;

void must(bool condition) {
  if (!condition) std::abort();
}

FileDescriptor with_length(int descriptor, std::uint64_t size_bytes) {
  must(descriptor >= 0 && ftruncate(descriptor, static_cast<off_t>(size_bytes)) == 0);
  return FileDescriptor(descriptor);
}

} // namespace

FileDescriptor memory_file(std::uint64_t size_bytes) {
  return with_length(memfd_create("disk", MFD_CLOEXEC), size_bytes);
}

FileDescriptor disk_file(std::uint64_t size_bytes) {
  return with_length(open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600), size_bytes);
}

std::vector<std::uint8_t> numbered_sector(std::uint64_t number) {
  std::vector<std::uint8_t> bytes(sector);
  for (std::size_t index = 0; index < bytes.size(); index += sizeof number)
    std::memcpy(&bytes[index], &number, sizeof number);
  bytes[sizeof number] = 0xee; // so that sector 0 is not all zeros
  return bytes;
}

FileDescriptor numbered_file(std::uint64_t size_bytes) {
  FileDescriptor file = memory_file(size_bytes);
  for (std::uint64_t number = 0; number < size_bytes / sector; ++number)
    put_contents(file, number * sector, numbered_sector(number));
  return file;
}

FileDescriptor overlay_file(std::uint64_t base_bytes, std::uint32_t block_bytes) {
  const std::uint64_t blocks = (base_bytes + block_bytes - 1) / block_bytes;
  const std::uint64_t data = (4096 + (blocks + 7) / 8 + block_bytes - 1) / block_bytes * block_bytes;
  FileDescriptor file = memory_file(data + blocks * block_bytes);
  std::vector<std::uint8_t> header(24);
  const std::uint32_t version = 1;
  std::memcpy(header.data(), "VOLTOVLY", 8);
  std::memcpy(&header[8], &version, sizeof version);
  std::memcpy(&header[12], &block_bytes, sizeof block_bytes);
  std::memcpy(&header[16], &base_bytes, sizeof base_bytes);
  put_contents(file, 0, header);
  return file;
}

FileDescriptor copy_of(const FileDescriptor& descriptor) {
  auto copy = FileDescriptor::duplicate(descriptor.get());
  must(copy.ok());
  return std::move(copy).value();
}

std::vector<FileDescriptor> copies_of(std::initializer_list<const FileDescriptor*> descriptors) {
  std::vector<FileDescriptor> copies;
  for (const FileDescriptor* descriptor : descriptors)
    copies.push_back(copy_of(*descriptor));
  return copies;
}

std::vector<std::uint8_t> contents(const FileDescriptor& file, std::uint64_t offset, std::size_t size_bytes) {
  std::vector<std::uint8_t> bytes(size_bytes);
  must(pread(file.get(), bytes.data(), size_bytes, static_cast<off_t>(offset)) == static_cast<ssize_t>(size_bytes));
  return bytes;
}

void put_contents(const FileDescriptor& file, std::uint64_t offset, const std::vector<std::uint8_t>& bytes) {
  must(pwrite(file.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset)) ==
       static_cast<ssize_t>(bytes.size()));
}

std::uint64_t allocated_bytes(const FileDescriptor& file) {
  struct stat status {};
  must(look_at(file.get(), status) == 0);
  return static_cast<std::uint64_t>(status.st_blocks) * 512;
}

} // namespace volt::test
