#include "test_guest.h"

#include <algorithm>
#include <array>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>

#include "kvm/system.h"

namespace volt::test {

namespace {

constexpr std::uint8_t sipi_page = 8; // the others start in real mode at 0x8000

// lock inc byte [0x500]; hlt; jmp to hlt (16-bit, DS base 0)
const Code other_processor{0xf0, 0xfe, 0x06, 0x00, 0x05, 0xf4, 0xeb, 0xfd};

constexpr std::chrono::seconds patience{10};

} // namespace

Code print(std::string_view text) {
  Code code{0x66, 0xba, 0xf8, 0x03}; // mov dx, 0x3f8
  for (const char character : text) {
    code.insert(code.end(), {0xb0, static_cast<std::uint8_t>(character), 0xee}); // mov al, …; out dx, al
  }
  return code;
}

Code reset_by_keyboard_controller() {
  return {0xb0, 0xfe, 0xe6, 0x64};
} // mov al, 0xfe; out 0x64, al

Code halt_for_ever() {
  return {0xf4, 0xeb, 0xfd};
} // hlt; jmp to hlt

Code start_others(std::uint8_t others) {
  return {
      0xc7, 0x05, 0x00, 0x03, 0xe0, 0xfe, 0x00,
      0x45, 0x0c, 0x00, // mov dword [0xfee00300], 0xc4500: INIT, all others
      0xc7, 0x05, 0x00, 0x03, 0xe0, 0xfe, sipi_page,
      0x46, 0x0c, 0x00,                           // mov dword [0xfee00300], 0xc4600 | page: SIPI
      0x80, 0x3d, 0x00, 0x05, 0x00, 0x00, others, // cmp byte [0x500], others
      0x75, 0xf7,                                 // jne back to cmp
  };
}

Code operator+(Code one, const Code& other) {
  one.insert(one.end(), other.begin(), other.end());
  return one;
}

bool has_kvm() {
  return kvm_descriptor() >= 0;
}

int kvm_descriptor() {
  static const int descriptor = open("/dev/kvm", O_RDWR | O_CLOEXEC);
  return descriptor;
}

namespace {

const std::vector<CpuidLeaf>& host_cpuid() {
  static const std::vector<CpuidLeaf> leaves = [] {
    const auto system = kvm::System::open("/dev/kvm");
    REQUIRE(system.ok());
    auto supported = system.value().supported_cpuid();
    REQUIRE(supported.ok());
    return std::move(supported).value();
  }();
  return leaves;
}

BootState flat_protected_mode() {
  BootState state;
  state.registers = {.rip = code_address, .rflags = 2};
  state.control = {.cr0 = 0x11};
  state.segments.cs = {.selector = 8, .limit = UINT32_MAX, .access = 0xc09b};
  state.segments.data = {.selector = 16, .limit = UINT32_MAX, .access = 0xc093};
  state.segments.tr = {.selector = 24, .limit = 0x67, .access = 0x8b};
  state.fpu = {.fcw = 0x37f, .mxcsr = 0x1f80};
  return state;
}

} // namespace

Plan plan_with(const Code& code, std::size_t vcpus) {
  Plan plan;
  plan.name = "test";
  plan.memory = {{.start = {0}, .size_bytes = 1024 * 1024}};
  plan.load = {
      {.label = "code", .range = {.start = {code_address}, .size_bytes = code.size()}, .from = InlineSource{code}},
      {.label = "others",
       .range = {.start = {sipi_page * 4096U}, .size_bytes = 4096},
       .from = InlineSource{other_processor}}};
  plan.interrupts = {
      .pit = true, .tss = {0xfffbd000}, .identity_map = {0xfffbc000}, .lvt = {.lint0 = 0x700, .lint1 = 0x400}};
  plan.cpuid = host_cpuid();
  for (std::uint32_t id = 0; id < vcpus; ++id)
    plan.vcpus.push_back({.apic_id = id, .cpuid = {}});
  plan.boot = flat_protected_mode();
  plan.devices = {{.id = "com1", .type = DeviceType::uart16550, .ports = {{.base = 0x3f8, .size = 8}}, .gsi = 4},
                  {.id = "i8042",
                   .type = DeviceType::i8042,
                   .ports = {{.base = 0x60, .size = 1}, {.base = 0x64, .size = 1}},
                   .gsi = {}}};
  plan.capabilities = {"KVM_CAP_IRQCHIP", "KVM_CAP_USER_MEMORY"};
  return plan;
}

Outcome finish(Machine& machine) {
  pollfd request{.fd = machine.ended_descriptor(), .events = POLLIN, .revents = 0};
  const int ready = poll(&request, 1, static_cast<int>(std::chrono::milliseconds(patience).count()));
  REQUIRE_MESSAGE(ready == 1, "the machine did not end in time");
  machine.join();
  REQUIRE(machine.ended());
  std::string output(1024 * 1024, '\0');
  // SAFETY: characters seen as bytes.
  const std::span bytes(reinterpret_cast<std::uint8_t*>(output.data()), output.size());
  output.resize(machine.console().output().pop(bytes));
  return {.report = *machine.ended(), .output = std::move(output)};
}

std::unique_ptr<Machine> start(const Plan& plan) {
  auto machine = Machine::create(plan, kvm_descriptor(), {});
  REQUIRE_MESSAGE(machine.ok(), machine.error().message);
  const auto started = machine.value()->start();
  REQUIRE_MESSAGE(started.ok(), started.error().message);
  return std::move(machine).value();
}

Outcome run(const Plan& plan) {
  return finish(*start(plan));
}

bool wait_for_output(Machine& machine, std::string_view text) {
  std::string output;
  const auto end = std::chrono::steady_clock::now() + patience;
  while (output.find(text) == std::string::npos && std::chrono::steady_clock::now() < end) {
    std::array<std::uint8_t, 256> chunk;
    const std::size_t count = machine.console().output().pop_wait(chunk, std::chrono::milliseconds(100));
    output.append(chunk.begin(), chunk.begin() + static_cast<std::ptrdiff_t>(count));
  }
  return output.find(text) != std::string::npos;
}

} // namespace volt::test
