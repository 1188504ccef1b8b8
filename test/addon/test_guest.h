// Tiny guests for tests: machine code in a plan, and a machine that runs it.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "engine/machine.h"

namespace volt::test {

using Code = std::vector<std::uint8_t>;

/// Where a guest's code starts; 32-bit, flat, privilege level 0, no paging, no stack, no IDT.
constexpr std::uint64_t code_address = 0x1000;
/// A byte that guests of several processors count in.
constexpr std::uint64_t counter_address = 0x500;

/// Pieces of code, to be joined by operator+.
[[nodiscard]] Code print(std::string_view text);
[[nodiscard]] Code reset_by_keyboard_controller();
[[nodiscard]] Code halt_for_ever();
/// INIT and SIPI to all others, which count themselves at counter_address and halt; waits for `others` of them.
[[nodiscard]] Code start_others(std::uint8_t others);
[[nodiscard]] Code operator+(Code one, const Code& other);

/// Whether /dev/kvm can be opened; tests of machines are skipped otherwise.
[[nodiscard]] bool has_kvm();
/// A descriptor of /dev/kvm, kept for the whole run.
[[nodiscard]] int kvm_descriptor();

/// A plan with this code, a UART at COM1 and an i8042, and the host's CPUID.
[[nodiscard]] Plan plan_with(const Code& code, std::size_t vcpus = 1);

struct Outcome {
  StopReport report;
  std::string output;
};

/// A machine that runs the plan; fails the test where there is none.
[[nodiscard]] std::unique_ptr<Machine> start(const Plan& plan);
/// Runs the plan to its end; fails the test when that takes more than ten seconds.
[[nodiscard]] Outcome run(const Plan& plan);
/// Waits until `machine` has ended; fails the test after ten seconds.
[[nodiscard]] Outcome finish(Machine& machine);
/// Waits for console output to contain `text`, up to ten seconds.
[[nodiscard]] bool wait_for_output(Machine& machine, std::string_view text);

} // namespace volt::test
