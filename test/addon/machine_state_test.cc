// What a plan gives a machine beyond memory and devices: generation id, APIC ids of an x2APIC.
#include <doctest/doctest.h>

#include "base/fault.h"
#include "engine/check_plan.h"
#include "engine/generation_id.h"
#include "power_guest.h"

namespace volt::test {

namespace {

constexpr std::uint64_t id_address = 0x6000;

// Writes the id's 16 bytes to COM1 and powers off.
Plan plan_that_shows_its_id() {
  Plan plan = power_plan(Code{0x66, 0xba, 0xf8, 0x03,       // mov dx, 0x3f8
                              0xbe, 0x00, 0x60, 0x00, 0x00, // mov esi, 0x6000
                              0xb9, 0x10, 0x00, 0x00, 0x00, // mov ecx, 16
                              0xf3, 0x6e} +                 // rep outsb
                         power_off() +
                         halt_for_ever());
  plan.generation_id = GuestAddress{id_address};
  return plan;
}

/// APIC ids 0 to 254 and 256 on, as many as asked for.
void number_processors(Plan& plan) {
  for (VcpuPlan& vcpu : plan.vcpus) {
    if (vcpu.apic_id > highest_xapic_id) ++vcpu.apic_id;
  }
}

// lock inc word [0x500]; hlt; jmp to hlt (16-bit, DS base 0)
const Code other_processor_counting_words{0xf0, 0xff, 0x06, 0x00, 0x05, 0xf4, 0xeb, 0xfd};

// INIT and SIPI (page 8) to all others, then waits for the word at 0x500.
Code start_many_others(std::uint16_t others) {
  return {0xc7,
          0x05,
          0x00,
          0x03,
          0xe0,
          0xfe,
          0x00,
          0x45,
          0x0c,
          0x00,
          0xc7,
          0x05,
          0x00,
          0x03,
          0xe0,
          0xfe,
          0x08,
          0x46,
          0x0c,
          0x00,
          0x66,
          0x81,
          0x3d,
          0x00,
          0x05,
          0x00,
          0x00, // cmp word [0x500], others
          static_cast<std::uint8_t>(others),
          static_cast<std::uint8_t>(others >> 8),
          0x75,
          0xf5}; // jne back to cmp
}

Plan valid_plan() {
  Plan plan = power_plan(halt_for_ever());
  plan.generation_id = GuestAddress{id_address};
  return plan;
}

/// What each step of making a machine of this plan says when it fails.
std::string failures_of(const Plan& plan) {
  fault::arm(0);
  REQUIRE(Machine::create(plan, kvm_descriptor(), {}).ok());
  std::string messages;
  for (unsigned steps = fault::steps(), step = 1; step <= steps; ++step) {
    fault::arm(step);
    const auto machine = Machine::create(plan, kvm_descriptor(), {});
    REQUIRE(!machine.ok());
    messages += machine.error().message + "\n";
  }
  fault::arm(0);
  return messages;
}

bool says(const std::string& messages, std::string_view text) {
  return messages.find(text) != std::string::npos;
}

bool is_at(const Result<void>& result, std::string_view pointer) {
  return !result.ok() && result.error().code == ErrorCode::plan_invalid &&
         result.error().message.find(pointer) != std::string::npos;
}

} // namespace

TEST_SUITE("engine/machine state" * doctest::skip(!has_kvm())) {
  TEST_CASE("every machine of a plan has a generation id of its own, and only there") {
    const std::string first = run(plan_that_shows_its_id()).output;
    const std::string second = run(plan_that_shows_its_id()).output;
    REQUIRE(first.size() == generation_id_bytes);
    CHECK(first != std::string(generation_id_bytes, '\0'));
    CHECK(first != second);
    Plan without = plan_that_shows_its_id();
    without.generation_id.reset();
    CHECK(run(without).output == std::string(generation_id_bytes, '\0'));
  }

  TEST_CASE("KVM is told of x2APIC ids only where an APIC id is above 254") {
    Plan plan = power_plan(halt_for_ever(), 2);
    plan.vcpus[1].apic_id = 254;
    CHECK(!says(failures_of(plan), "KVM_CAP_X2APIC_API"));
    plan.vcpus[1].apic_id = 256;
    CHECK(says(failures_of(plan), "KVM_CAP_X2APIC_API"));
  }

  TEST_CASE("randomness that the host does not give is an error") {
    CHECK(says(failures_of(plan_that_shows_its_id()), "getrandom"));
  }

  TEST_CASE("300 processors with x2APIC ids are created, started and destroyed") {
    Plan plan = power_plan(start_many_others(299) + print("300") + power_off() + halt_for_ever(), 300);
    number_processors(plan);
    plan.load[1].from = InlineSource{other_processor_counting_words};
    plan.capabilities.emplace_back("KVM_CAP_X2APIC_API");
    REQUIRE(check_plan(plan).ok());
    CHECK(plan.vcpus.back().apic_id == 300);
    const Outcome outcome = run(plan);
    CHECK(outcome.report.reason == StopReason::poweroff);
    CHECK(outcome.output == "300");
  }
}

TEST_SUITE("engine/check_plan: power and start state" * doctest::skip(!has_kvm())) {
  TEST_CASE("a generation id needs 16 bytes of memory of its own at a multiple of 8") {
    CHECK(check_plan(valid_plan()).ok());
    Plan plan = valid_plan();
    for (const std::uint64_t address : {id_address + 4, std::uint64_t{1024 * 1024 - 8}, std::uint64_t{1024 * 1024},
                                        code_address - 8, code_address, UINT64_MAX - 7}) {
      CAPTURE(address);
      plan.generation_id = GuestAddress{address};
      CHECK(is_at(check_plan(plan), "/generationId"));
    }
    plan.generation_id = GuestAddress{1024 * 1024 - 16};
    CHECK(check_plan(plan).ok());
    plan.generation_id = GuestAddress{code_address - 16};
    CHECK(check_plan(plan).ok());
  }

  TEST_CASE("power and pvpanic devices have their own ports and interrupts") {
    const auto power = [](Plan& plan) -> DevicePlan& { return plan.devices[2]; };
    const auto pvpanic = [](Plan& plan) -> DevicePlan& { return plan.devices[3]; };
    Plan plan = valid_plan();
    power(plan).ports[0].size = 3;
    CHECK(is_at(check_plan(plan), "/devices/2/ports"));
    plan = valid_plan();
    power(plan).gsi.reset();
    CHECK(is_at(check_plan(plan), "/devices/2:"));
    plan = valid_plan();
    pvpanic(plan).gsi = 10;
    CHECK(is_at(check_plan(plan), "/devices/3/gsi"));
    plan = valid_plan();
    pvpanic(plan).ports[0].base = 0x603;
    CHECK(is_at(check_plan(plan), "/devices/3/ports/0"));
    plan = valid_plan();
    DevicePlan second = power(plan);
    second.id = "power2";
    second.ports[0].base = 0x610;
    second.gsi = 11;
    plan.devices.push_back(second);
    CHECK(is_at(check_plan(plan), "/devices/4:"));
  }
}

} // namespace volt::test
