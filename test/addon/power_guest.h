// Tiny guests that use the power block, pvpanic and interrupts.
#pragma once

#include "test_guest.h"

namespace volt::test {

/// The GSI of the power device in power_plan().
constexpr std::uint32_t event_gsi = 9;

/// mov al, value; out to a 16-bit port.
[[nodiscard]] Code put_port(std::uint16_t port, std::uint8_t value);
[[nodiscard]] Code power_off();

/// mov dword [address], value
[[nodiscard]] Code store(std::uint32_t address, std::uint32_t value);
/// sti; then halts for ever.
[[nodiscard]] Code wait_for_interrupts();
/// power_plan() of a guest that routes `gsi`, edge triggered, to `handler` and goes on with `code`. The handler never
/// returns: it ends itself, or its interrupt by end_of_interrupt().
[[nodiscard]] Plan interrupt_plan(std::uint32_t gsi, const Code& code, const Code& handler);
[[nodiscard]] Code end_of_interrupt();

/// plan_with() and a power device at 0x600, pvpanic at 0x505.
[[nodiscard]] Plan power_plan(const Code& code, std::size_t vcpus = 1);

/// A guest that prints `r`, halts, and at each interrupt of event_gsi prints the digit that it reads from the event
/// register; after `presses` of them it powers itself off.
[[nodiscard]] Plan button_plan(std::uint8_t presses);

} // namespace volt::test
