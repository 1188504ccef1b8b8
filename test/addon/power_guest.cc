// The machine code behind the power guests.
#include "power_guest.h"

namespace volt::test {

namespace {

constexpr std::uint64_t gdt_address = 0x600;
constexpr std::uint64_t idt_address = 0x700;
constexpr std::uint64_t handler_address = 0x2000;
constexpr std::uint64_t stack_top = 0x7000;
constexpr std::uint8_t vector = 0x20;

// Nothing, flat 32-bit code (selector 8), flat data (selector 16).
const Code gdt{0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0x9b, 0xcf, 0, 0xff, 0xff, 0, 0, 0, 0x93, 0xcf, 0};

// A 32-bit interrupt gate to 8:handler_address.
const Code gate{handler_address & 0xff, handler_address >> 8, 0x08, 0x00, 0x00, 0x8e, 0x00, 0x00};

// The IOAPIC's index and data registers; a pin's entry is edge triggered, fixed and unmasked when only its vector is
// set.
Code route(std::uint32_t gsi) {
  return store(0xfec00000, 0x11 + 2 * gsi) + store(0xfec00010, 0) + store(0xfec00000, 0x10 + 2 * gsi) +
         store(0xfec00010, vector);
}

// Spurious interrupt vector, software enable.
Code enable_local_apic() {
  return store(0xfee000f0, 0x1ff);
}

} // namespace

Code store(std::uint32_t address, std::uint32_t value) {
  Code code{0xc7, 0x05};
  for (const std::uint32_t word : {address, value}) {
    for (unsigned shift = 0; shift < 32; shift += 8)
      code.push_back(static_cast<std::uint8_t>(word >> shift));
  }
  return code;
}

Code wait_for_interrupts() {
  return {0xfb, 0xf4, 0xeb, 0xfd}; // sti; hlt; jmp to hlt
}

Code end_of_interrupt() {
  return store(0xfee000b0, 0);
}

Code put_port(std::uint16_t port, std::uint8_t value) {
  return {0x66, 0xba, static_cast<std::uint8_t>(port), static_cast<std::uint8_t>(port >> 8), 0xb0, value, 0xee};
}

Code power_off() {
  return put_port(0x600, 5 << 2 | 0x20);
}

Plan power_plan(const Code& code, std::size_t vcpus) {
  Plan plan = plan_with(code, vcpus);
  plan.devices.push_back(
      {.id = "power", .type = DeviceType::power, .ports = {{.base = 0x600, .size = 4}}, .gsi = event_gsi});
  plan.devices.push_back(
      {.id = "pvpanic", .type = DeviceType::pvpanic, .ports = {{.base = 0x505, .size = 1}}, .gsi = {}});
  return plan;
}

Plan button_plan(std::uint8_t presses) {
  const Code off = power_off();
  // The handler never returns, so that no iret has to be emulated; the stack holds a few presses.
  const Code handler = Code{0x66,
                            0xba,
                            0x03,
                            0x06,
                            0xec, // mov dx, 0x603; in al, dx
                            0x04,
                            0x30,
                            0x66,
                            0xba,
                            0xf8,
                            0x03,
                            0xee, // add al, '0'; to COM1
                            0xfe,
                            0x05,
                            0x00,
                            0x05,
                            0x00,
                            0x00, // inc byte [0x500]
                            0x80,
                            0x3d,
                            0x00,
                            0x05,
                            0x00,
                            0x00,
                            presses, // cmp byte [0x500], presses
                            0x75,    // jne over the power-off
                            static_cast<std::uint8_t>(off.size())} +
                       off + end_of_interrupt() + wait_for_interrupts();
  return interrupt_plan(event_gsi, print("r") + wait_for_interrupts(), handler);
}

Plan interrupt_plan(std::uint32_t gsi, const Code& code, const Code& handler) {
  Plan plan = power_plan(enable_local_apic() + route(gsi) + code);
  const auto add = [&](const char* label, std::uint64_t address, const Code& bytes) {
    plan.load.push_back(
        {.label = label, .range = {.start = {address}, .size_bytes = bytes.size()}, .from = InlineSource{bytes}});
  };
  add("gdt", gdt_address, gdt);
  add("gate", idt_address + vector * 8, gate);
  add("handler", handler_address, handler);
  plan.boot.segments.gdt = {.base = gdt_address, .limit = 23};
  plan.boot.segments.idt = {.base = idt_address, .limit = vector * 8 + 7};
  plan.boot.registers.rsp = stack_top;
  plan.interrupts.lvt.lint0 = 0x10000; // masked: the PICs see the GSI too, and nobody set them up
  return plan;
}

} // namespace volt::test
