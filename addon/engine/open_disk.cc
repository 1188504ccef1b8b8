// What a descriptor must be to serve as a disk.
#include "engine/open_disk.h"

#include <cerrno>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "devices/virtio/overlay_disk.h"
#include "devices/virtio/raw_disk.h"

namespace volt {

namespace {

using virtio::CacheMode;
using virtio::sector_bytes;

enum class Access { read, write };

Result<std::uint64_t> size_of(int descriptor, const std::string& name) {
  struct stat status {};
  if (look_at(descriptor, status) != 0) return host_error(errno, "look at the disk " + name);
  if (S_ISREG(status.st_mode)) return static_cast<std::uint64_t>(status.st_size);
  std::uint64_t size_bytes = 0;
  if (!S_ISBLK(status.st_mode)) return Error{.message = "the disk " + name + " is no file and no block device"};
  if (ioctl(descriptor, BLKGETSIZE64, &size_bytes) != 0) return host_error(errno, "learn the size of the disk " + name);
  return size_bytes;
}

Result<void> check_access(int descriptor, const std::string& name, Access wanted) {
  const int flags = fcntl(descriptor, F_GETFL);
  if (flags < 0) return host_error(errno, "look at the disk " + name);
  const int mode = flags & O_ACCMODE;
  if (mode == O_WRONLY) return Error{.message = "the disk " + name + " was not opened for reading"};
  if (wanted == Access::read) return {};
  if (mode != O_RDWR) return Error{.message = "the disk " + name + " was not opened for writing"};
  // Writes would go to the file's end, wherever they are meant for.
  if ((flags & O_APPEND) != 0) return Error{.message = "the disk " + name + " was opened for appending"};
  return {};
}

Result<void> check_capacity(const BlockPlan& plan, std::uint64_t size_bytes) {
  if (size_bytes / sector_bytes == plan.options.capacity_sectors) return {};
  return Error{.message = "the disk " + plan.backend + " has " + std::to_string(size_bytes / sector_bytes) +
                          " sectors, in the plan it has " + std::to_string(plan.options.capacity_sectors),
               .hint = "the image changed after the plan was made; make a new plan"};
}

} // namespace

Result<std::unique_ptr<virtio::Disk>> open_disk(const BlockPlan& plan, const PlanDescriptors& files,
                                                virtio::RingShelf& rings, virtio::EventLoop& loop) {
  const bool writes = !plan.options.read_only;
  const int image = files.at(plan.backend).get();
  const std::uint64_t size_bytes = TRY(size_of(image, plan.backend));
  TRY(check_capacity(plan, size_bytes));
  TRY(check_access(image, plan.backend, writes && !plan.overlay ? Access::write : Access::read));
  std::vector<FileDescriptor> copies;
  copies.push_back(TRY(FileDescriptor::duplicate(image)));
  if (!plan.overlay) {
    auto engine = TRY(virtio::make_io_engine(plan.backend, std::move(copies), rings, loop));
    const auto flush =
        plan.options.cache == CacheMode::unsafe ? virtio::RawDisk::Flush::does_nothing : virtio::RawDisk::Flush::syncs;
    return std::unique_ptr<virtio::Disk>(std::make_unique<virtio::RawDisk>(std::move(engine), flush));
  }
  const int overlay = files.at(*plan.overlay).get();
  TRY(check_access(overlay, *plan.overlay, writes ? Access::write : Access::read));
  copies.push_back(TRY(FileDescriptor::duplicate(overlay)));
  auto map = TRY(virtio::OverlayMap::load(copies.back(), plan.options.capacity_sectors * sector_bytes));
  auto engine = TRY(virtio::make_io_engine(plan.backend, std::move(copies), rings, loop));
  const auto flush = plan.options.cache == CacheMode::unsafe ? virtio::OverlayDisk::Flush::orders_only
                                                             : virtio::OverlayDisk::Flush::syncs;
  return std::unique_ptr<virtio::Disk>(std::make_unique<virtio::OverlayDisk>(std::move(engine), std::move(map), flush));
}

} // namespace volt
