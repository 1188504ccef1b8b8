#include "support/plan_json.h"

#include <doctest/doctest.h>

#include "engine/decode_plan.h"

namespace volt::test {

Json minimal_plan() {
  return Json::parse(R"({
    "formatVersion": 1, "name": "minimal", "memory": [{"gpa": "0x0", "size": 4096}], "files": [], "load": [],
    "interrupts": {"irqchip": "kernel", "pit": false, "tss": "0xfffbd000", "identityMap": "0xfffbc000",
                   "lvt": {"lint0": "0x700", "lint1": "0x400"}},
    "cpuid": [], "msrs": [], "vcpus": [{"apicId": 0, "cpuid": []}],
    "boot": {"protocol": "pvh", "registers": {"rip": "0x0", "rflags": "0x2"},
      "control": {"cr0": "0x11", "cr3": "0x0", "cr4": "0x0", "efer": "0x0"},
      "segments": {"gdt": {"base": "0x500", "limit": "0x1f"}, "idt": {"base": "0x0", "limit": "0x0"},
        "cs": {"selector": "0x8", "base": "0x0", "limit": "0xffffffff", "access": "0xc09b"},
        "data": {"selector": "0x10", "base": "0x0", "limit": "0xffffffff", "access": "0xc093"},
        "tr": {"selector": "0x18", "base": "0x0", "limit": "0x67", "access": "0x8b"}},
      "fpu": {"fcw": "0x37f", "mxcsr": "0x1f80"}},
    "devices": [], "requires": {"kvmApiVersion": 12, "capabilities": []}
  })");
}

void check_refused(Json plan, const Spoiled& spoiled) {
  plan[Json::json_pointer(spoiled.pointer)] = spoiled.value;
  CAPTURE(spoiled.pointer);
  CAPTURE(spoiled.value.dump());
  const auto result = decode_plan(plan.dump());
  REQUIRE(!result.ok());
  CHECK(result.error().code == ErrorCode::plan_invalid);
  const std::string where =
      std::string(spoiled.reported).empty() ? "the plan: " : "the plan at " + std::string(spoiled.reported) + ": ";
  CAPTURE(result.error().message);
  CHECK(result.error().message.starts_with(where));
}

} // namespace volt::test
