// What the host is asked: facts and the execution probe.
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "engine/execution_probe.h"
#include "engine/host_facts.h"
#include "kvm/capabilities.h"
#include "test_guest.h"

namespace volt::test {

TEST_SUITE("kvm/system") {
  TEST_CASE("a device that is not there, not allowed or not KVM has its own code") {
    CHECK(kvm::System::open("/nowhere/kvm").error().code == ErrorCode::kvm_missing);
    CHECK(kvm::System::open("/dev/null").error().code == ErrorCode::kvm_missing);
    CHECK(kvm::System::open("/proc/self/mem/x").error().code == ErrorCode::kvm_missing);
  }

  TEST_CASE("capability names are found and others are not") {
    CHECK(kvm::capability_number("KVM_CAP_IRQCHIP") == std::optional<int>(0));
    CHECK(kvm::capability_number("KVM_CAP_XSAVE2").has_value());
    CHECK(!kvm::capability_number("KVM_CAP_"));
    CHECK(!kvm::capability_number("KVM_CAP_ZZZ"));
  }
}

TEST_SUITE("engine/host" * doctest::skip(!has_kvm())) {
  TEST_CASE("the facts hold what KVM says") {
    const auto system = kvm::System::open("/dev/kvm");
    REQUIRE(system.ok());
    const auto text = host_facts(system.value());
    REQUIRE(text.ok());
    const auto facts = nlohmann::json::parse(text.value());
    CHECK(facts["kvm"]["apiVersion"] == 12);
    CHECK(facts["kvm"]["maxVcpus"] >= facts["kvm"]["recommendedVcpus"]);
    CHECK(facts["cpu"]["vendor"].get<std::string>().size() == 12);
    const auto leaves = system.value().supported_cpuid();
    REQUIRE(leaves.ok());
    CHECK(facts["cpuid"].size() == leaves.value().size());
    CHECK(facts["cpuid"].size() > 5);
    const auto& capabilities = facts["kvm"]["capabilities"];
    CHECK(std::is_sorted(capabilities.begin(), capabilities.end()));
    CHECK(std::count(capabilities.begin(), capabilities.end(), "KVM_CAP_IRQCHIP") == 1);
  }

  TEST_CASE("the execution probe ends within its time and counts what it ran") {
    const auto system = kvm::System::open("/dev/kvm");
    REQUIRE(system.ok());
    const auto probe = probe_execution(system.value());
    REQUIRE_MESSAGE(probe.ok(), probe.error().message);
    CHECK(probe.value().nanoseconds >= 2'000'000);
    const double instructions_per_microsecond =
        static_cast<double>(probe.value().instructions) * 1000 / static_cast<double>(probe.value().nanoseconds);
    CHECK((instructions_per_microsecond > 20) == (probe.value().kernel_mode == KernelMode::native));
  }
}

} // namespace volt::test
