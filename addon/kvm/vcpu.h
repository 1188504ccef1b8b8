// One virtual processor: its state before the start, and running it.
#pragma once

#include <optional>
#include <span>

#include "base/file_descriptor.h"
#include "kvm/coalesced_ring.h"
#include "kvm/exit.h"
#include "kvm/processor_state.h"
#include "memory/mapping.h"

namespace volt::kvm {

/// Set up by one thread, run by one thread; only request_exit() and withdraw_exit() may come from others.
class Vcpu {
public:
  Vcpu(FileDescriptor descriptor, Mapping run_area, std::uint32_t id)
      : descriptor_(std::move(descriptor)), run_area_(std::move(run_area)), id_(id) {}

  /// KVM's vCPU id, which is the initial APIC id too.
  [[nodiscard]] std::uint32_t id() const { return id_; }

  /// KVM_SET_CPUID2; before MSRs and registers, whose checks depend on it.
  [[nodiscard]] Result<void> set_cpuid(std::span<const CpuidLeaf> leaves);
  /// KVM_SET_MSRS; the error names the register that KVM refused.
  [[nodiscard]] Result<void> set_msrs(std::span<const Msr> msrs);
  /// Changes two LVT registers of the local APIC and leaves the rest as KVM reset it.
  [[nodiscard]] Result<void> set_local_vectors(const LocalVectorTable& vectors);
  /// General, segment and control registers and the FPU.
  [[nodiscard]] Result<void> set_boot_state(const BootState& state);

  /// Instruction pointer (KVM_GET_REGS); by the thread that runs the vCPU.
  [[nodiscard]] Result<std::uint64_t> rip() const;

  /// The machine's ring of kept writes, which is the same in each vCPU's run area; nothing where KVM has none. Lives as
  /// long as the vCPU.
  [[nodiscard]] std::optional<CoalescedRing> coalesced_ring() const;

  /// Runs the guest until it needs us. Fails only where KVM_RUN does.
  [[nodiscard]] Result<Exit> run();
  /// Makes the present and each later run() come back at once; a run() under way needs a signal besides.
  void request_exit();
  /// Later runs stay again.
  void withdraw_exit();
  /// Tells the guest that its time went on while it did not run (KVM_KVMCLOCK_CTRL), so that its watchdogs bear with
  /// it. By the thread that runs the vCPU; a guest without KVM's clock is not told.
  void note_pause();

private:
  void set_immediate_exit(bool is_wanted);

  FileDescriptor descriptor_;
  Mapping run_area_;
  std::uint32_t id_;
};

} // namespace volt::kvm
