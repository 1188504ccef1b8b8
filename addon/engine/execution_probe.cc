// The probe's guest and its measurement.
#include "engine/execution_probe.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <ctime>

#include "kvm/vm.h"

namespace volt {

namespace {

constexpr GuestRange memory_range{.start = {0}, .size_bytes = 4096};
constexpr std::uint64_t code_address = 0x100;

// 32-bit code at privilege level 0: counts ECX down and halts.
constexpr std::array<std::uint8_t, 4> code{
    0x49,       // dec ecx
    0x75, 0xfd, // jnz to the start
    0xf4,       // hlt
};
constexpr std::uint64_t instructions_per_round = 2;

constexpr std::uint64_t first_rounds = 1000;
constexpr std::uint64_t long_enough_nanoseconds = 2'000'000;
// Natively some thousand instructions take a microsecond, emulated about two: the border is far from both.
constexpr std::uint64_t native_instructions_per_microsecond = 20;
constexpr int attempts = 3;
constexpr int maximum_runs = 10'000; // signals may interrupt a few

BootState state_for(std::uint64_t rounds) {
  constexpr std::uint16_t flat_code = 0xc09b;
  constexpr std::uint16_t flat_data = 0xc093;
  constexpr std::uint16_t busy_tss = 0x008b;
  BootState state;
  state.registers = {.rip = code_address, .rflags = 2, .rcx = rounds};
  state.control = {.cr0 = 0x11}; // PE, ET: protected mode without paging
  state.segments.cs = {.selector = 8, .base = 0, .limit = UINT32_MAX, .access = flat_code};
  state.segments.data = {.selector = 16, .base = 0, .limit = UINT32_MAX, .access = flat_data};
  state.segments.tr = {.selector = 24, .base = 0, .limit = 0x67, .access = busy_tss};
  state.fpu = {.fcw = 0x37f, .mxcsr = 0x1f80};
  return state;
}

// Of this thread, so that other load on the host does not count.
std::uint64_t processor_nanoseconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(time.tv_nsec);
}

Result<std::uint64_t> nanoseconds_for(kvm::Vcpu& vcpu, std::uint64_t rounds) {
  TRY(vcpu.set_boot_state(state_for(rounds)));
  const std::uint64_t before = processor_nanoseconds();
  kvm::Exit exit = kvm::InterruptedExit{};
  for (int run = 0; run < maximum_runs && std::holds_alternative<kvm::InterruptedExit>(exit); ++run)
    exit = TRY(vcpu.run());
  if (!std::holds_alternative<kvm::HaltExit>(exit)) return host_error(EPROTO, "run the probe's guest to its halt");
  return processor_nanoseconds() - before;
}

Result<ExecutionProbe> measure(kvm::Vcpu& vcpu) {
  ExecutionProbe probe;
  for (std::uint64_t rounds = first_rounds; probe.nanoseconds < long_enough_nanoseconds; rounds *= 8) {
    probe.nanoseconds = TRY(nanoseconds_for(vcpu, rounds));
    probe.instructions = rounds * instructions_per_round;
  }
  const bool is_native = probe.instructions * 1000 > probe.nanoseconds * native_instructions_per_microsecond;
  probe.kernel_mode = is_native ? KernelMode::native : KernelMode::emulated;
  return probe;
}

} // namespace

Result<ExecutionProbe> probe_execution(const kvm::System& system) {
  const std::array ranges{memory_range};
  const GuestMemory memory = TRY(GuestMemory::create(ranges));
  const auto target = memory.at({.start = {code_address}, .size_bytes = code.size()});
  assert(target);
  std::ranges::copy(code, target->begin());
  // Without interrupt controllers: HLT comes back to us.
  kvm::Vm vm = TRY(kvm::Vm::create(system));
  TRY(vm.map_memory(memory));
  TRY(vm.set_identity_map({0xfffbc000}));
  TRY(vm.set_tss({0xfffbd000}));
  kvm::Vcpu vcpu = TRY(vm.create_vcpu(0));
  const std::vector<CpuidLeaf> leaves = TRY(system.supported_cpuid());
  TRY(vcpu.set_cpuid(leaves));
  ExecutionProbe probe;
  // A hiccup of the host can make native code look slow, never the other way round.
  for (int attempt = 0; attempt < attempts; ++attempt) {
    probe = TRY(measure(vcpu));
    if (probe.kernel_mode == KernelMode::native) break;
  }
  return probe;
}

} // namespace volt
