// What every virtio device model implements: docs/virtio.md says how one is added.
#pragma once

#include <cassert>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "devices/virtio/device_counters.h"
#include "devices/virtio/device_host.h"
#include "devices/virtio/token_bucket.h"

namespace volt::virtio {

/// The counters (eventfd) at which a driver's notifications arrive. On the device's loop.
class NotificationCounters {
public:
  virtual ~NotificationCounters() = default;

  /// Another counter, non-blocking and at 1, in place of the queue's: nobody has it yet, and it tells whoever gets it
  /// of notifications that went to the one before. Its owner keeps it until the next.
  [[nodiscard]] virtual Result<int> renew(std::uint16_t queue) = 0;
};

/// All functions but counters() are called on the device's loop, so a model has no locks. Life of a device:
/// connect(), then activate() and reset() in turn; notified() only between the two.
class VirtioDevice {
public:
  VirtioDevice() = default;
  VirtioDevice(const VirtioDevice&) = delete;
  VirtioDevice& operator=(const VirtioDevice&) = delete;
  virtual ~VirtioDevice() = default;

  /// VIRTIO_ID_*.
  [[nodiscard]] virtual std::uint32_t type() const = 0;
  /// Device features that are offered; the transport adds those of the ring and VIRTIO_F_VERSION_1.
  [[nodiscard]] virtual std::uint64_t features() const = 0;
  [[nodiscard]] virtual std::uint16_t queue_count() const = 0;

  /// The device's configuration from `offset` on. `data` is zero and stays so behind its end.
  virtual void read_configuration(std::uint64_t, std::span<std::uint8_t>) {}
  virtual void write_configuration(std::uint64_t, std::span<const std::uint8_t>) {}

  /// The driver is there (DRIVER_OK) with these features, all of them offered. Its queues may have requests already;
  /// notified() follows for each.
  virtual void activate(std::uint64_t features) = 0;
  /// The driver is gone. When it returns nothing is under way any more that reads or writes guest memory. Also in a
  /// device that was never activated, and at the machine's end.
  virtual void reset() = 0;
  /// The driver added requests to a queue, which is usable.
  virtual void notified(std::uint16_t queue) = 0;

  /// Before the driver is there; `counters` outlive the device. True where notifications go straight to whoever serves
  /// the queues; false, and notified() follows them.
  [[nodiscard]] virtual bool take_notifications(NotificationCounters&) { return false; }

  /// Another limit by its name in a plan (`bandwidth`, `receive`); nothing is no limit. What waits for the old one
  /// waits no longer. False where the device has no such limit. At any time.
  [[nodiscard]] virtual bool set_rate(std::string_view, const std::optional<TokenRate>&) { return false; }

  /// Once, by the transport; `host` outlives all later calls but the destructor.
  void connect(DeviceHost& host) { host_ = &host; }

  [[nodiscard]] DeviceCounters& counters() { return counters_; }

protected:
  [[nodiscard]] DeviceHost& host() const {
    assert(host_ != nullptr);
    return *host_;
  }

  /// Takes requests from a queue while `may_take()` and hands them to `take`, a ring's worth at most: what is left
  /// comes with a later round. When `may_take` ends it, notifications stay suppressed: call it again when there is
  /// room. Pushing and interrupting are the taker's affair.
  template <typename MayTake, typename Take>
  void serve(std::uint16_t index, const MayTake& may_take, const Take& take);

private:
  DeviceHost* host_ = nullptr;
  DeviceCounters counters_;
};

/// Copies from the bytes of a configuration structure; for read_configuration().
template <typename Structure>
void read_structure(const Structure& structure, std::uint64_t offset, std::span<std::uint8_t> data) {
  static_assert(std::is_trivially_copyable_v<Structure>);
  if (offset >= sizeof structure) return;
  const std::size_t count = std::min<std::size_t>(data.size(), sizeof structure - offset);
  // SAFETY: a trivially copyable structure seen as bytes.
  std::memcpy(data.data(), reinterpret_cast<const std::uint8_t*>(&structure) + offset, count);
}

template <typename MayTake, typename Take>
void VirtioDevice::serve(std::uint16_t index, const MayTake& may_take, const Take& take) {
  SplitQueue& queue = host().queue(index);
  unsigned budget = queue.state().size;
  queue.suppress_notifications();
  do {
    while (may_take()) {
      if (budget-- == 0) return host().serve_later(index);
      std::optional<DescriptorChain> chain = queue.pop();
      if (!chain) break;
      add(counters_.requests);
      take(*std::move(chain));
    }
    if (queue.fault()) return host().need_reset(queue.fault()->text);
    if (!may_take()) return;
  } while (queue.resume_notifications());
}

} // namespace volt::virtio
