// COM1's output while KVM keeps it: asked for when its guest polls, fetched at every exit, given up when it has
// effects.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>

#include "base/byte_queue.h"
#include "bus/address_bus.h"
#include "devices/serial_port.h"
#include "kvm/coalesced_ring.h"

namespace volt {

/// What KVM is asked for: that it keeps writes to the port's holding register.
class KeptRegister {
public:
  virtual ~KeptRegister() = default;
  [[nodiscard]] virtual Result<void> begin() = 0;
  /// When it returns, no write is on its way into the ring.
  [[nodiscard]] virtual Result<void> end() = 0;
};

/// From any thread but where it says otherwise. Its lock comes before those of devices and queues: none of them calls
/// it.
class CoalescedOutput : public LateProducer, public std::enable_shared_from_this<CoalescedOutput> {
public:
  /// So often the reader of the console has it look into the ring by itself, for a guest that stopped without an exit.
  static constexpr std::chrono::milliseconds interval{25};
  /// So many intervals without a byte are a rest, after which nobody is woken any more.
  static constexpr unsigned patience = 8;

  struct Parts {
    SerialPort& port;
    const AddressBus& ports;
    /// Of the console.
    ByteQueue& output;
    kvm::CoalescedRing ring;
    std::unique_ptr<KeptRegister> kept;
    /// The host failed in a way that the machine cannot go on with. With the lock held.
    std::function<void(const Error&)> failed;
  };

  /// close() is called before anything of it but `output` is destroyed.
  explicit CoalescedOutput(Parts parts) : parts_(std::move(parts)) {}

  /// Hands over what was written so far: at each return of KVM_RUN, before the exit is handled.
  void fetch();
  /// Begins or ends as the port says: after an exit was handled, before its vCPU goes on.
  void follow();
  /// After the last vCPU ran: hands over the rest. Nothing is begun any more. Any number of times.
  void close();

  void catch_up() override;

private:
  void fetch_locked();
  void begin_locked();
  void end_locked();

  const Parts parts_;
  std::atomic<bool> is_kept_ = false; // true for as long as something may be in the ring
  std::atomic<bool> is_closed_ = false;
  std::mutex mutex_;
  // Below: guarded by mutex_.
  std::size_t fetched_ = 0; // since the last catch_up()
  unsigned quiet_ = 0;      // calls of it in a row
};

} // namespace volt
