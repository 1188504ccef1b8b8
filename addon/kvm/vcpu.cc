// vCPU state in KVM's structures, and KVM_RUN.
#include "kvm/vcpu.h"

#include <atomic>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <linux/kvm.h>
#include <string>
#include <sys/ioctl.h>

#include "base/encoding.h"
#include "kvm/counted_list.h"
#include "kvm/decode_exit.h"
#include "kvm/ioctl.h"

namespace volt::kvm {

namespace {

// Local APIC register offsets, Intel SDM vol. 3, table 11-1.
constexpr std::size_t lvt_lint0 = 0x350;
constexpr std::size_t lvt_lint1 = 0x360;

void store_register(kvm_lapic_state& lapic, std::size_t offset, std::uint32_t value) {
  std::memcpy(lapic.regs + offset, &value, sizeof value);
}

kvm_segment to_kvm(const Segment& segment) {
  const auto bits = [&](unsigned shift, unsigned mask) { return static_cast<__u8>(segment.access >> shift & mask); };
  kvm_segment result{};
  result.base = segment.base;
  result.limit = segment.limit;
  result.selector = segment.selector;
  result.type = bits(0, 15);
  result.s = bits(4, 1);
  result.dpl = bits(5, 3);
  result.present = bits(7, 1);
  result.avl = bits(12, 1);
  result.l = bits(13, 1);
  result.db = bits(14, 1);
  result.g = bits(15, 1);
  result.unusable = result.present == 0 ? 1 : 0;
  return result;
}

kvm_dtable to_kvm(const DescriptorTable& table) {
  kvm_dtable result{};
  result.base = table.base;
  result.limit = table.limit;
  return result;
}

std::string on_vcpu(std::string_view attempted, std::uint32_t id) {
  return std::string(attempted) + " of vCPU " + std::to_string(id);
}

} // namespace

Result<void> Vcpu::set_cpuid(std::span<const CpuidLeaf> leaves) {
  std::vector<kvm_cpuid_entry2> entries;
  for (const CpuidLeaf& leaf : leaves) {
    entries.push_back({.function = leaf.leaf,
                       .index = leaf.subleaf,
                       .flags = leaf.indexed ? KVM_CPUID_FLAG_SIGNIFCANT_INDEX : 0U,
                       .eax = leaf.eax,
                       .ebx = leaf.ebx,
                       .ecx = leaf.ecx,
                       .edx = leaf.edx,
                       .padding = {}});
  }
  CountedList<kvm_cpuid_entry2> list(entries);
  TRY(call(descriptor_.get(), set_cpuid2, list.get(), on_vcpu("set the CPUID leaves", id_)));
  return {};
}

Result<void> Vcpu::set_msrs(std::span<const Msr> msrs) {
  std::vector<kvm_msr_entry> entries;
  for (const Msr& msr : msrs)
    entries.push_back({.index = msr.index, .reserved = 0, .data = msr.value});
  CountedList<kvm_msr_entry> list(entries);
  const auto accepted =
      static_cast<std::size_t>(TRY(call(descriptor_.get(), kvm::set_msrs, list.get(), on_vcpu("set the MSRs", id_))));
  if (accepted == msrs.size()) return {};
  const std::string refused = format_address(msrs[accepted].index) + " to " + format_address(msrs[accepted].value);
  return host_error(EINVAL, on_vcpu("set MSR " + refused, id_));
}

Result<void> Vcpu::set_local_vectors(const LocalVectorTable& vectors) {
  kvm_lapic_state lapic{};
  TRY(call(descriptor_.get(), KVM_GET_LAPIC, &lapic, on_vcpu("get the local APIC", id_)));
  // The id register stays as it came: its layout depends on the APIC's mode.
  store_register(lapic, lvt_lint0, vectors.lint0);
  store_register(lapic, lvt_lint1, vectors.lint1);
  TRY(call(descriptor_.get(), KVM_SET_LAPIC, &lapic, on_vcpu("set the local APIC", id_)));
  return {};
}

Result<void> Vcpu::set_boot_state(const BootState& state) {
  kvm_sregs system{};
  TRY(call(descriptor_.get(), KVM_GET_SREGS, &system, on_vcpu("get the system registers", id_)));
  system.gdt = to_kvm(state.segments.gdt);
  system.idt = to_kvm(state.segments.idt);
  system.cs = to_kvm(state.segments.cs);
  system.ds = system.es = system.fs = system.gs = system.ss = to_kvm(state.segments.data);
  system.tr = to_kvm(state.segments.tr);
  system.cr0 = state.control.cr0;
  system.cr3 = state.control.cr3;
  system.cr4 = state.control.cr4;
  system.efer = state.control.efer;
  TRY(call(descriptor_.get(), KVM_SET_SREGS, &system, on_vcpu("set the system registers", id_)));

  kvm_regs general{};
  const Registers& from = state.registers;
  general.rip = from.rip;
  general.rflags = from.rflags;
  general.rax = from.rax;
  general.rbx = from.rbx;
  general.rcx = from.rcx;
  general.rdx = from.rdx;
  general.rsi = from.rsi;
  general.rdi = from.rdi;
  general.rsp = from.rsp;
  general.rbp = from.rbp;
  TRY(call(descriptor_.get(), KVM_SET_REGS, &general, on_vcpu("set the registers", id_)));

  kvm_fpu fpu{};
  fpu.fcw = state.fpu.fcw;
  fpu.mxcsr = state.fpu.mxcsr;
  TRY(call(descriptor_.get(), KVM_SET_FPU, &fpu, on_vcpu("set the FPU", id_)));
  return {};
}

Result<std::uint64_t> Vcpu::rip() const {
  kvm_regs general{};
  TRY(call(descriptor_.get(), KVM_GET_REGS, &general, on_vcpu("get the registers", id_)));
  return std::uint64_t{general.rip};
}

std::optional<CoalescedRing> Vcpu::coalesced_ring() const {
  constexpr std::size_t offset = KVM_COALESCED_MMIO_PAGE_OFFSET * CoalescedRing::page_bytes;
  const std::span<std::uint8_t> area = run_area_.bytes();
  if (area.size() < offset + CoalescedRing::page_bytes) return std::nullopt;
  return CoalescedRing(area.subspan(offset, CoalescedRing::page_bytes));
}

Result<Exit> Vcpu::run() {
  // Not through call(): nothing is built for the many returns that are no errors.
  if (ioctl(descriptor_.get(), KVM_RUN, 0UL) == 0) return decode_exit(run_area_.bytes());
  if (errno == EINTR) return Exit{InterruptedExit{}};
  if (errno == EAGAIN) return Exit{NotRunnableExit{}};
  return host_error(errno, "run vCPU " + std::to_string(id_) + " (KVM_RUN)");
}

void Vcpu::request_exit() {
  set_immediate_exit(true);
}

void Vcpu::withdraw_exit() {
  set_immediate_exit(false);
}

void Vcpu::set_immediate_exit(bool is_wanted) {
  // SAFETY: the area starts with struct kvm_run; KVM reads this byte at each KVM_RUN, on the vCPU's thread.
  auto& run = *reinterpret_cast<kvm_run*>(run_area_.bytes().data());
  std::atomic_ref(run.immediate_exit).store(is_wanted ? 1 : 0);
}

void Vcpu::note_pause() {
  static_cast<void>(ioctl(descriptor_.get(), KVM_KVMCLOCK_CTRL, 0UL)); // EINVAL: the guest does not use that clock
}

} // namespace volt::kvm
