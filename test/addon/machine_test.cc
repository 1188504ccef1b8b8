// Machines on /dev/kvm: exits, stop reasons, processors, life and death.
#include <array>
#include <ctime>
#include <doctest/doctest.h>
#include <thread>

#include "test_guest.h"

namespace volt::test {

TEST_SUITE("engine/machine" * doctest::skip(!has_kvm())) {
  TEST_CASE("a guest's output comes out and i8042's reset ends it with reason reset") {
    const Outcome outcome = run(plan_with(print("hello\n") + reset_by_keyboard_controller() + halt_for_ever()));
    CHECK(outcome.report.reason == StopReason::reset);
    CHECK(outcome.output == "hello\n");
  }

  TEST_CASE("string output writes each byte in order") {
    Plan plan = plan_with(Code{0x66, 0xba, 0xf8, 0x03,       // mov dx, 0x3f8
                               0xbe, 0x00, 0x06, 0x00, 0x00, // mov esi, 0x600
                               0xb9, 0x06, 0x00, 0x00, 0x00, // mov ecx, 6
                               0xf3, 0x6e} +                 // rep outsb
                          reset_by_keyboard_controller() +
                          halt_for_ever());
    plan.load.push_back({.label = "text",
                         .range = {.start = {0x600}, .size_bytes = 6},
                         .from = InlineSource{{'s', 't', 'r', 'i', 'n', 'g'}}});
    CHECK(run(plan).output == "string");
  }

  TEST_CASE("reads of ports and memory that nothing answers give ones") {
    // in eax, dx at 0x100: al is printed; then a read at 0xd0000000
    const Outcome outcome = run(plan_with(Code{0x66, 0xba, 0x00, 0x01, 0xed,       // mov dx, 0x100; in eax, dx
                                               0x23, 0x05, 0x00, 0x00, 0x00, 0xd0, // and eax, [0xd0000000]
                                               0x40,                               // inc eax: 0 if all were ones
                                               0x04, 0x41,                         // add al, 'A'
                                               0x66, 0xba, 0xf8, 0x03, 0xee} +     // mov dx, 0x3f8; out dx, al
                                          reset_by_keyboard_controller() +
                                          halt_for_ever()));
    CHECK(outcome.output == "A");
  }

  TEST_CASE("a triple fault ends it with reason triple-fault") {
    const Outcome outcome = run(plan_with({0x0f, 0x0b})); // ud2 without an IDT
    CHECK(outcome.report.reason == StopReason::triple_fault);
    CHECK(outcome.report.vcpu == 0);
    CHECK(exit_code_of(outcome.report.reason) == 21);
  }

  TEST_CASE("a jump to where no memory is ends it with reason internal-error and the rip") {
    const Outcome outcome = run(plan_with({0xb8, 0x00, 0x00, 0x00, 0xd0, 0xff, 0xe0})); // mov eax, 0xd0000000; jmp eax
    CHECK(outcome.report.reason == StopReason::internal_error);
    CHECK(outcome.report.suberror == 1);
    CHECK(outcome.report.rip == 0xd0000000);
    CHECK(outcome.report.message.find("0xd0000000") != std::string::npos);
  }

  TEST_CASE("stop from another thread ends a guest that halts for ever") {
    auto machine = Machine::create(plan_with(halt_for_ever()), kvm_descriptor(), {});
    REQUIRE(machine.ok());
    REQUIRE(machine.value()->start().ok());
    std::thread stopper([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      machine.value()->stop();
      machine.value()->stop();
    });
    const Outcome outcome = finish(*machine.value());
    stopper.join();
    CHECK(outcome.report.reason == StopReason::stopped);
  }

  TEST_CASE("processors that wait for SIPI with an NMI pending take no processor of the host's, and stop ends them") {
    const Code nmi_to_others{0xc7, 0x05, 0x00, 0x03, 0xe0, 0xfe, 0x00, 0x44, 0x0c, 0x00}; // [0xfee00300] = 0xc4400
    auto machine = Machine::create(plan_with(nmi_to_others + print("x") + halt_for_ever(), 4), kvm_descriptor(), {});
    REQUIRE(machine.ok());
    REQUIRE(machine.value()->start().ok());
    REQUIRE(wait_for_output(*machine.value(), "x"));
    const std::clock_t before = std::clock();
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    CHECK(std::clock() - before < CLOCKS_PER_SEC / 5); // three that spin take up to 900 ms
    machine.value()->stop();
    CHECK(finish(*machine.value()).report.reason == StopReason::stopped);
  }

  TEST_CASE("stop ends a guest that spins without any exit") {
    auto machine = Machine::create(plan_with({0xeb, 0xfe}), kvm_descriptor(), {}); // jmp to itself
    REQUIRE(machine.ok());
    REQUIRE(machine.value()->start().ok());
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    machine.value()->stop();
    CHECK(finish(*machine.value()).report.reason == StopReason::stopped);
  }

  TEST_CASE("stop before the start ends the machine and start is refused") {
    auto machine = Machine::create(plan_with(halt_for_ever()), kvm_descriptor(), {});
    REQUIRE(machine.ok());
    CHECK(!machine.value()->ended());
    machine.value()->stop();
    CHECK(finish(*machine.value()).report.reason == StopReason::stopped);
    CHECK(!machine.value()->start().ok());
  }

  TEST_CASE("stops from many threads at every moment of the start end it once") {
    for (int round = 0; round < 30; ++round) {
      auto machine = Machine::create(plan_with(halt_for_ever(), 2), kvm_descriptor(), {});
      REQUIRE(machine.ok());
      std::array<std::thread, 3> stoppers;
      for (std::thread& stopper : stoppers)
        stopper = std::thread([&] { machine.value()->stop(); });
      // Refused when a stop came first; either way it ends.
      static_cast<void>(machine.value()->start().ok());
      CHECK(finish(*machine.value()).report.reason == StopReason::stopped);
      for (std::thread& stopper : stoppers)
        stopper.join();
    }
  }

  TEST_CASE("the first stop reason wins over a later stop") {
    auto machine = Machine::create(plan_with(reset_by_keyboard_controller() + halt_for_ever()), kvm_descriptor(), {});
    REQUIRE(machine.ok());
    REQUIRE(machine.value()->start().ok());
    static_cast<void>(finish(*machine.value()));
    machine.value()->stop();
    CHECK(machine.value()->ended()->reason == StopReason::reset);
  }

  TEST_CASE("destruction of a running machine joins its threads") {
    auto machine = Machine::create(plan_with(print("up") + halt_for_ever(), 4), kvm_descriptor(), {});
    REQUIRE(machine.ok());
    REQUIRE(machine.value()->start().ok());
    CHECK(wait_for_output(*machine.value(), "up"));
  }

  TEST_CASE("four processors start by INIT and SIPI") {
    const Outcome outcome =
        run(plan_with(start_others(3) + print("4") + reset_by_keyboard_controller() + halt_for_ever(), 4));
    CHECK(outcome.report.reason == StopReason::reset);
    CHECK(outcome.output == "4");
  }

  TEST_CASE("a bootstrap processor whose APIC id is not 0 runs first") {
    Plan plan = plan_with(print("bsp") + reset_by_keyboard_controller() + halt_for_ever(), 2);
    std::swap(plan.vcpus[0], plan.vcpus[1]);
    CHECK(run(plan).output == "bsp");
  }

  TEST_CASE("254 processors are created, run and destroyed") {
    Plan plan = plan_with(start_others(253) + print("254") + reset_by_keyboard_controller() + halt_for_ever(), 254);
    CHECK(run(plan).output == "254");
  }

  TEST_CASE("input reaches a guest that waits for its interrupt-free receiver") {
    // in al, 0x3fd until data is ready; in al, 0x3f8; out; reset on '!'
    const Code echo{0x66, 0xba, 0xfd, 0x03, 0xec, 0xa8,
                    0x01, 0x74, 0xfb,                   // mov dx, 0x3fd; wait: in al, dx; test al, 1; jz wait
                    0x66, 0xba, 0xf8, 0x03, 0xec, 0xee, // mov dx, 0x3f8; in al, dx; out dx, al
                    0x3c, 0x21, 0x75, 0xed};            // cmp al, '!'; jne to the start
    auto machine =
        Machine::create(plan_with(echo + reset_by_keyboard_controller() + halt_for_ever()), kvm_descriptor(), {});
    REQUIRE(machine.ok());
    REQUIRE(machine.value()->start().ok());
    const std::string text = "more than sixteen bytes go through the receiver's FIFO!";
    // SAFETY: characters seen as bytes.
    const std::span bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
    CHECK(machine.value()->write_console(bytes) == text.size());
    CHECK(finish(*machine.value()).output == text);
  }

  TEST_CASE("capabilities that KVM does not have are named before anything is made") {
    Plan plan = plan_with(halt_for_ever());
    plan.capabilities.emplace_back("KVM_CAP_OF_TOMORROW");
    const auto machine = Machine::create(plan, kvm_descriptor(), {});
    REQUIRE(!machine.ok());
    CHECK(machine.error().code == ErrorCode::kvm_capability);
    CHECK(machine.error().message.find("KVM_CAP_OF_TOMORROW") != std::string::npos);
  }

  TEST_CASE("an MSR that KVM refuses is named") {
    Plan plan = plan_with(halt_for_ever());
    plan.msrs = {{.index = 0x10, .value = 0}, {.index = 0xdeadbeef, .value = 1}};
    const auto machine = Machine::create(plan, kvm_descriptor(), {});
    REQUIRE(!machine.ok());
    CHECK(machine.error().code == ErrorCode::host_error);
    CHECK(machine.error().message.find("0xdeadbeef") != std::string::npos);
  }
}

} // namespace volt::test
