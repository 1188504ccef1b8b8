// The devices of a plan on their buses, and their interrupt lines.
#pragma once

#include <memory>
#include <vector>

#include "bus/address_bus.h"
#include "devices/i8042.h"
#include "devices/power.h"
#include "devices/pvpanic.h"
#include "devices/serial_port.h"
#include "devices/virtio/console_device.h"
#include "devices/virtio/ring_shelf.h"
#include "engine/coalesced_output.h"
#include "engine/console.h"
#include "engine/device_status.h"
#include "engine/load_memory.h"
#include "engine/plan.h"
#include "engine/virtio_slot.h"
#include "kvm/vm.h"

namespace volt {

/// What devices tell the machine. From a vCPU's thread, the console's or a device's loop.
class BoardListener : public PowerListener, public PanicListener, public VirtioListener {};

class Board {
public:
  /// What the devices use; all but `files` and `rings` must outlive the board.
  struct Surroundings {
    const PlanDescriptors& files;
    const GuestMemory& memory;
    const kvm::Vm& vm;
    Console& console;
    virtio::RingShelf& rings;
    BoardListener& listener;
    /// Nothing where KVM keeps no writes to ports. Used until stop().
    std::optional<kvm::CoalescedRing> kept_writes;
  };

  /// Makes the devices of a checked plan, with copies of the descriptors that they name.
  [[nodiscard]] static Result<std::unique_ptr<Board>> create(const Plan& plan, const Surroundings& around);

  /// Starts the devices' loops, before any vCPU runs. After a failure stop() is still to be called.
  [[nodiscard]] Result<void> start();
  /// After the last vCPU ran: every device comes to rest, what is under way ends first. Any number of times.
  void stop();

  /// On a vCPU's thread: at each return of KVM_RUN, before the exit is handled.
  void fetch_kept_output() const;
  /// On a vCPU's thread: after an exit was handled, before it goes on.
  void follow_kept_output() const;

  [[nodiscard]] const AddressBus& ports() const { return ports_; }
  [[nodiscard]] const AddressBus& memory_mapped() const { return memory_mapped_; }

  /// The console has input now. From any thread.
  void console_has_input();
  /// The console may have another size; false where there is no virtio console, which could tell the guest. Waits for a
  /// loop, as those below.
  [[nodiscard]] bool console_resized() const;

  // From any thread, but not on a device's loop: each waits for loops.

  /// Of the virtio devices, in the plan's order.
  [[nodiscard]] std::vector<DeviceStatus> device_statuses() const;
  /// What the guest is to keep of its memory; false where there is no balloon.
  [[nodiscard]] bool set_balloon(std::uint64_t kept_bytes) const;
  enum class RateChange { done, no_device, no_limit };
  /// Another limit by its name in the plan; nothing is no limit.
  [[nodiscard]] RateChange set_rate(std::string_view device, std::string_view name,
                                    const std::optional<virtio::TokenRate>& rate) const;

  [[nodiscard]] bool has_power_button() const { return power_device_ != nullptr; }
  /// Only when has_power_button(). From any thread.
  void press_power_button();

private:
  // KVM_IRQ_LINE rather than an irqfd: it carries the level itself, which is right for edge and level triggered pins
  // alike, and a UART is no device whose interrupts a system call would slow down.
  class KvmIrqLine : public IrqLine {
  public:
    KvmIrqLine(const kvm::Vm& vm, std::uint32_t gsi, BoardListener& listener)
        : vm_(vm), gsi_(gsi), listener_(listener) {}
    void set_level(bool asserted) override;

  private:
    const kvm::Vm& vm_;
    const std::uint32_t gsi_;
    BoardListener& listener_;
  };

  class HoldingRegister : public KeptRegister {
  public:
    HoldingRegister(const kvm::Vm& vm, std::uint16_t port) : vm_(vm), port_(port) {}
    Result<void> begin() override { return vm_.keep_port_writes(port_); }
    Result<void> end() override { return vm_.stop_keeping_port_writes(port_); }

  private:
    const kvm::Vm& vm_;
    const std::uint16_t port_;
  };

  class ResetButton : public ResetLine {
  public:
    explicit ResetButton(BoardListener& listener) : listener_(listener) {}
    void pulse() override { listener_.guest_reset(); }

  private:
    BoardListener& listener_;
  };

  template <typename Device, typename... Arguments>
  Device* make_device(Arguments&&... arguments);
  Board(BoardListener& listener, const GuestMemory& memory, PortInput serial_input)
      : memory_(memory), serial_input_(serial_input), reset_(listener) {}
  [[nodiscard]] Result<void> add(const DevicePlan& device, const Surroundings& around);
  [[nodiscard]] Result<void> add_ports(const DevicePlan& device, const Surroundings& around);
  void keep_output_of(std::uint16_t holding_register, const Surroundings& around);
  [[nodiscard]] Result<void> add_virtio(const DevicePlan& device, const Surroundings& around);

  const GuestMemory& memory_;
  const PortInput serial_input_;
  ResetButton reset_;
  std::vector<std::unique_ptr<IrqLine>> lines_;
  std::vector<std::unique_ptr<BusDevice>> devices_;
  SerialPort* serial_port_ = nullptr;            // in devices_
  PowerDevice* power_device_ = nullptr;          // in devices_
  std::shared_ptr<CoalescedOutput> kept_output_; // null where KVM keeps nothing
  std::vector<std::unique_ptr<VirtioSlot>> slots_;
  VirtioSlot* console_slot_ = nullptr;              // in slots_
  virtio::ConsoleDevice* console_device_ = nullptr; // in console_slot_
  AddressBus ports_;
  AddressBus memory_mapped_;
};

} // namespace volt
