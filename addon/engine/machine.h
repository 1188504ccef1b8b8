// A virtual machine from its plan to its end: one thread a vCPU, one stop report.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/thread.h"
#include "engine/board.h"
#include "engine/console.h"
#include "engine/load_memory.h"
#include "engine/stop_report.h"

namespace volt {

/// All functions may be called from any thread but a vCPU's, unless they say otherwise. Destruction stops and joins.
class Machine : private BoardListener {
public:
  /// Makes everything that the plan names; no thread runs yet. `kvm` is a descriptor of /dev/kvm. What was made is
  /// released again when a later step fails. Takes no descriptor from the caller.
  [[nodiscard]] static Result<std::unique_ptr<Machine>> create(const Plan& plan, int kvm, const PlanDescriptors& files);

  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;
  ~Machine() override;

  /// Starts all vCPUs, once. Fails where a thread cannot be made, and after stop().
  [[nodiscard]] Result<void> start();
  /// Ends the machine with reason `stopped` unless it has ended otherwise. In any state, from any thread, any number of
  /// times.
  void stop();
  /// Waits until every vCPU thread has ended; at once where none was started.
  void join();

  /// How it ended, once no vCPU runs any more.
  [[nodiscard]] std::optional<StopReport> ended() const;
  /// Descriptor that becomes readable for good when ended() says something. Owned by the machine.
  [[nodiscard]] int ended_descriptor() const { return ended_counter_.get(); }

  [[nodiscard]] Console& console() { return console_; }
  /// Gives the guest input; says how many of the first bytes were taken, which is less than all when its buffer is
  /// full.
  [[nodiscard]] std::size_t write_console(std::span<const std::uint8_t> input);
  [[nodiscard]] std::size_t vcpu_count() const { return vcpus_.size(); }

private:
  Machine(GuestMemory memory, kvm::Vm vm, FileDescriptor ended_counter)
      : memory_(std::move(memory)), vm_(std::move(vm)), ended_counter_(std::move(ended_counter)) {}

  [[nodiscard]] Result<void> create_hardware(const Plan& plan);
  [[nodiscard]] Result<void> create_vcpu(const Plan& plan, const VcpuPlan& vcpu_plan);
  [[nodiscard]] Result<void> start_threads_locked();
  void run_vcpu(kvm::Vcpu& vcpu);
  void stop_with(StopReport report);
  void stop_with_locked(StopReport report);
  void end_locked();

  void guest_reset() override;
  void device_failed(const Error& error) override;

  GuestMemory memory_; // outlives vm_, which has its pages
  kvm::Vm vm_;
  std::vector<kvm::Vcpu> vcpus_;
  Console console_;
  std::unique_ptr<Board> board_;
  FileDescriptor ended_counter_;
  std::atomic<bool> stopping_ = false;

  // Lock order: join_mutex_, a device's lock, mutex_.
  std::mutex join_mutex_;
  mutable std::mutex mutex_;
  // Below: guarded by mutex_.
  enum class Phase { created, running, ended } phase_ = Phase::created;
  std::condition_variable gate_;
  bool gate_open_ = false;
  std::vector<Thread> threads_;
  std::size_t running_ = 0;
  std::condition_variable all_left_;
  std::optional<StopReport> report_;
};

} // namespace volt
