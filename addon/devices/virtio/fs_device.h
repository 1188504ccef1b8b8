// virtio-fs (virtio 1.2 §5.11): a directory of the host, which a virtiofsd serves.
#pragma once

#include <linux/virtio_fs.h>

#include "devices/virtio/vhost_user_device.h"

namespace volt::virtio {

/// Bytes of a tag, which the guest mounts by.
constexpr std::size_t maximum_tag_bytes = sizeof(virtio_fs_config::tag);

class FsDevice : public VhostUserDevice {
public:
  struct Options {
    /// 1 to maximum_tag_bytes.
    std::string tag;
    std::chrono::milliseconds patience{5000};
  };

  /// `socket` is connected to the daemon. `memory` is GuestMemory::Backing::shared and outlives the device, as `loop`
  /// does.
  [[nodiscard]] static Result<std::unique_ptr<FsDevice>> create(const Options& options, FileDescriptor socket,
                                                                const GuestMemory& memory, EventLoop& loop,
                                                                LostHandler on_lost);

  [[nodiscard]] std::uint32_t type() const override;
  [[nodiscard]] std::uint64_t features() const override { return 0; }
  [[nodiscard]] std::uint16_t queue_count() const override;
  void read_configuration(std::uint64_t offset, std::span<std::uint8_t> data) override;

private:
  FsDevice(std::string_view tag, BackEnd back_end, EventLoop& loop);

  virtio_fs_config configuration_{};
};

} // namespace volt::virtio
