// A virtual machine from its plan to its end: one thread a vCPU, one stop report.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "engine/board.h"
#include "engine/console.h"
#include "engine/load_memory.h"
#include "engine/notice.h"
#include "engine/stop_report.h"
#include "engine/vcpu_crew.h"

namespace volt {

/// All functions may be called from any thread but a vCPU's, unless they say otherwise. Destruction stops and joins.
class Machine : private BoardListener {
public:
  /// Makes everything that the plan names; no thread runs yet. `kvm` is a descriptor of /dev/kvm. What was made is
  /// released again when a later step fails. Takes no descriptor from the caller.
  [[nodiscard]] static Result<std::unique_ptr<Machine>> create(const Plan& plan, int kvm, const PlanDescriptors& files);
  /// What outlives a machine and is not closed at its end: the next one of the same plan may go on with it.
  struct Lasting {
    Console& console;
    virtio::RingShelf& rings;
  };
  /// Fails with ECANCELED when `cancelled`, which is asked between the steps that may take long, becomes true.
  [[nodiscard]] static Result<std::unique_ptr<Machine>> create(const Plan& plan, int kvm, const PlanDescriptors& files,
                                                               const Lasting& lasting, const Cancelled& cancelled);

  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;
  ~Machine() override;

  /// Starts all vCPUs, once. `announce` is called when every thread exists, before the guest's first instruction; it
  /// must not use the machine's functions other than vcpu_count(). Fails where a thread cannot be made, and after
  /// stop().
  [[nodiscard]] Result<void> start(const std::function<void()>& announce = [] {});
  /// Ends the machine with reason `stopped` unless it has ended otherwise. In any state, from any thread, any number of
  /// times.
  void stop();
  /// Waits until every vCPU thread has ended and no device does anything any more; at once where none was started.
  void join();

  /// How it ended, once no vCPU runs and no device does anything any more: its descriptors may serve the next.
  [[nodiscard]] std::optional<StopReport> ended() const;
  /// Descriptor that becomes readable for good when ended() says something. Owned by the machine.
  [[nodiscard]] int ended_descriptor() const { return ended_counter_.get(); }

  /// Presses the guest's power button, and resumes a guest that is paused: no other could hear it. False where nothing
  /// was pressed, because the machine does not run or has no power device. What the guest makes of it is its own
  /// affair.
  [[nodiscard]] bool press_power_button();

  /// Stops the guest where it is: when it returns no vCPU runs. Devices finish what they were asked. True for one that
  /// is paused already; false where none runs.
  [[nodiscard]] bool pause();
  /// The guest goes on, and its clock is right. True for one that was not paused; false where none runs.
  [[nodiscard]] bool resume();
  [[nodiscard]] bool is_paused() const { return crew_.is_paused(); }

  /// What happened since the last call, in order.
  [[nodiscard]] std::vector<Notice> take_notices();
  /// Descriptor that is readable while take_notices() has something to give; waiting for console output comes to an end
  /// too. Owned by the machine.
  [[nodiscard]] int notice_descriptor() const { return notice_counter_.get(); }

  /// Closed when the machine has ended, if it is the machine's own.
  [[nodiscard]] Console& console() { return console_; }
  /// Gives the guest input; says how many of the first bytes were taken, which is less than all when its buffer is
  /// full.
  [[nodiscard]] std::size_t write_console(std::span<const std::uint8_t> input);
  /// The console's reader has a terminal of another size; false where the machine has no virtio console to tell the
  /// guest by. Holds for later machines of the same console.
  [[nodiscard]] bool resize_console(virtio::ConsoleSize size);
  /// Its virtio devices answer and change while the machine runs.
  [[nodiscard]] const Board& board() const { return *board_; }
  [[nodiscard]] std::uint64_t memory_bytes() const { return memory_.size_bytes(); }
  [[nodiscard]] std::size_t vcpu_count() const { return crew_.size(); }

private:
  struct Parts {
    GuestMemory memory;
    kvm::Vm vm;
    FileDescriptor ended_counter;
    FileDescriptor notice_counter;
  };

  Machine(Parts parts, std::unique_ptr<Console> own_console, Console& console)
      : memory_(std::move(parts.memory)), vm_(std::move(parts.vm)), own_console_(std::move(own_console)),
        console_(console), ended_counter_(std::move(parts.ended_counter)),
        notice_counter_(std::move(parts.notice_counter)) {}

  [[nodiscard]] static Result<std::unique_ptr<Machine>> create(const Plan& plan, int kvm, const PlanDescriptors& files,
                                                               std::unique_ptr<Console> own_console,
                                                               const Lasting& lasting, const Cancelled& cancelled);

  [[nodiscard]] Result<void> create_hardware(const Plan& plan, const PlanDescriptors& files, virtio::RingShelf& rings);
  [[nodiscard]] Result<void> create_vcpu(const Plan& plan, const VcpuPlan& vcpu_plan);
  [[nodiscard]] Result<void> start_threads();
  void run_vcpu(kvm::Vcpu& vcpu);
  void run_until_stop(kvm::Vcpu& vcpu);
  void stop_with(StopReport report);
  void stop_with_locked(StopReport report);
  void end();
  void end_locked();
  void notify(Notice notice);
  void notify_locked(Notice notice);

  void guest_powered_off() override;
  void guest_reset() override;
  void guest_panicked() override;
  void guest_loaded_crash_kernel() override;
  void device_fault(const std::string& id, std::string_view text) override;
  void device_link_down(const std::string& id, const std::string& reason) override;
  void device_back_end_down(const std::string& id, const std::string& reason) override;
  void device_failed(const Error& error) override;

  GuestMemory memory_; // outlives vm_, which has its pages
  kvm::Vm vm_;
  VcpuCrew crew_;
  const std::unique_ptr<Console> own_console_; // null where console_ is someone else's
  Console& console_;
  std::unique_ptr<Board> board_;
  FileDescriptor ended_counter_;
  FileDescriptor notice_counter_;

  // Lock order: join_mutex_ or pause_mutex_, a device's lock, mutex_, the crew's. A device's loop takes mutex_, so
  // nobody waits for a loop with it.
  std::mutex join_mutex_;
  std::mutex pause_mutex_;
  mutable std::mutex mutex_;
  // Below: guarded by mutex_.
  enum class Phase { created, running, ended } phase_ = Phase::created;
  std::condition_variable all_left_;
  std::optional<StopReport> report_;
  std::vector<Notice> notices_;
};

} // namespace volt
