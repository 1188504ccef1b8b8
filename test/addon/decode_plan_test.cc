// The plan decoder: what it takes, and the JSON pointer of what it refuses.
#include <doctest/doctest.h>

#include "engine/decode_plan.h"
#include "support/plan_json.h"

namespace volt::test {

namespace {

const char* const good_plan = R"({
  "formatVersion": 1, "name": "good",
  "memory": [{"gpa": "0x0", "size": 655360}, {"gpa": "0x100000", "size": 1048576}],
  "files": [{"id": "kernel", "size": 8192, "sha256": "0000000000000000000000000000000000000000000000000000000000000000"}],
  "load": [
    {"label": "cmdline", "gpa": "0x20000", "size": 16, "from": {"data": "Zm9v"}},
    {"label": "kernel.0", "gpa": "0x100000", "size": 8192, "from": {"file": "kernel", "offset": 4096, "size": 4096}}],
  "interrupts": {"irqchip": "kernel", "pit": true, "tss": "0xfffbd000", "identityMap": "0xfffbc000",
                 "lvt": {"lint0": "0x700", "lint1": "0x400"}},
  "cpuid": [{"leaf": "0x1", "subleaf": "0x0", "indexed": false, "eax": "0x1", "ebx": "0x0", "ecx": "0x0", "edx": "0x0"},
            {"leaf": "0x4", "subleaf": "0x1", "indexed": true, "eax": "0x4", "ebx": "0x0", "ecx": "0x0", "edx": "0x0"}],
  "msrs": [{"index": "0x10", "value": "0x0"}],
  "vcpus": [{"apicId": 0, "cpuid": []},
            {"apicId": 1, "cpuid": [
              {"leaf": "0x1", "subleaf": "0x0", "indexed": false, "eax": "0x2", "ebx": "0x0", "ecx": "0x0", "edx": "0x0"},
              {"leaf": "0xb", "subleaf": "0x1", "indexed": true, "eax": "0x3", "ebx": "0x0", "ecx": "0x0", "edx": "0x0"}]}],
  "boot": {"protocol": "pvh", "registers": {"rip": "0x100000", "rflags": "0x2", "rbx": "0x6000"},
    "control": {"cr0": "0x11", "cr3": "0x0", "cr4": "0x0", "efer": "0x0"},
    "segments": {"gdt": {"base": "0x500", "limit": "0x1f"}, "idt": {"base": "0x0", "limit": "0x0"},
      "cs": {"selector": "0x8", "base": "0x0", "limit": "0xffffffff", "access": "0xc09b"},
      "data": {"selector": "0x10", "base": "0x0", "limit": "0xffffffff", "access": "0xc093"},
      "tr": {"selector": "0x18", "base": "0x0", "limit": "0x67", "access": "0x8b"}},
    "fpu": {"fcw": "0x37f", "mxcsr": "0x1f80"}},
  "devices": [{"id": "com1", "type": "uart16550", "ports": [{"base": "0x3f8", "size": 8}], "gsi": 4},
              {"id": "i8042", "type": "i8042", "ports": [{"base": "0x60", "size": 1}, {"base": "0x64", "size": 1}]}],
  "requires": {"kvmApiVersion": 12, "capabilities": ["KVM_CAP_IRQCHIP"]}
})";

const std::vector<Spoiled> spoiled_plans{
    {"/formatVersion", 2, "/formatVersion"},
    {"/extra", 1, ""},
    {"/name", "", "/name"},
    {"/name", std::string(64, 'x'), "/name"},
    {"/memory", Json::array(), "/memory"},
    {"/memory", Json::object(), "/memory"},
    {"/memory/0", "0x0", "/memory/0"},
    {"/memory/0/gpa", 0, "/memory/0/gpa"},
    {"/memory/0/gpa", "0x00", "/memory/0/gpa"},
    {"/memory/0/gpa", "0xG", "/memory/0/gpa"},
    {"/memory/0/gpa", "0x1", "/memory/0"},
    {"/memory/0/size", 655361, "/memory/0"},
    {"/memory/0/size", 0, "/memory/0"},
    {"/memory/0/size", 4096.5, "/memory/0/size"},
    {"/memory/0/size", -4096, "/memory/0/size"},
    {"/memory/0/size", 1.0e19, "/memory/0/size"},
    {"/memory/0/size", 9007199254740992, "/memory/0/size"},
    {"/memory/0/size", 1114112, "/memory/1"},
    {"/memory/1/gpa", "0xfffffffffffff000", "/memory/1"},
    {"/memory/1/gpa", "0xfff00000", "/load/1"},
    {"/files/0/sha256", "00", "/files/0/sha256"},
    {"/files/1", {{"id", "kernel"}, {"size", 1}, {"sha256", std::string(64, 'a')}}, "/files/1/id"},
    {"/load/0/from", Json::object(), "/load/0/from"},
    {"/load/0/from/data", "Zm9", "/load/0/from/data"},
    {"/load/0/from/data", "Zh==", "/load/0/from/data"},
    {"/load/0/from/file", "kernel", "/load/0/from"},
    {"/load/0/size", 2, "/load/0/from/data"},
    {"/load/0/gpa", "0x9fff8", "/load/0"},
    {"/load/0/gpa", "0xfffffffffffffff8", "/load/0"},
    {"/load/0/gpa", "0x101ff8", "/load/1"},
    {"/load/1/from/file", "initrd", "/load/1/from/file"},
    {"/load/1/from/offset", 4097, "/load/1/from"},
    {"/load/1/from/offset", 9007199254740991, "/load/1/from"},
    {"/load/1/size", 4095, "/load/1/from/size"},
    {"/interrupts/irqchip", "split", "/interrupts/irqchip"},
    {"/interrupts/pit", 1, "/interrupts/pit"},
    {"/interrupts/tss", "0x100000", "/interrupts/tss"},
    {"/interrupts/tss", "0x9d000", "/interrupts/tss"},
    {"/interrupts/tss", "0xfffbd001", "/interrupts/tss"},
    {"/interrupts/tss", "0x100000000", "/interrupts/tss"},
    {"/interrupts/identityMap", "0xfffbf000", "/interrupts/identityMap"},
    {"/interrupts/lvt/lint0", "0x100000000", "/interrupts/lvt/lint0"},
    {"/interrupts/lvt/lint2", "0x0", "/interrupts/lvt"},
    {"/cpuid/0/eax", "0x100000000", "/cpuid/0/eax"},
    {"/cpuid/0/subleaf", "0x1", "/cpuid/0/subleaf"},
    {"/msrs/0/index", "0x100000000", "/msrs/0/index"},
    {"/vcpus", Json::array(), "/vcpus"},
    {"/vcpus/1/apicId", 0, "/vcpus/1/apicId"},
    {"/vcpus/1/apicId", 255, "/vcpus/1/apicId"},
    {"/vcpus/1/apicId", 65535, "/vcpus/1/apicId"},
    {"/vcpus/1/apicId", "1", "/vcpus/1/apicId"},
    {"/boot/protocol", "bios", "/boot/protocol"},
    {"/boot/registers/r8", "0x0", "/boot/registers"},
    {"/boot/segments/cs/access", "0x10000", "/boot/segments/cs/access"},
    {"/boot/segments/gdt/limit", "0x10000", "/boot/segments/gdt/limit"},
    {"/boot/fpu/fcw", "0x10000", "/boot/fpu/fcw"},
    {"/devices/0/type", "uart8250", "/devices/0/type"},
    {"/devices/0/gsi", 24, "/devices/0/gsi"},
    {"/devices/0/ports", Json::array(), "/devices/0/ports"},
    {"/devices/0/ports/0/size", 7, "/devices/0/ports"},
    {"/devices/0/ports/0/base", "0xfffd", "/devices/0/ports/0"},
    {"/devices/0/ports/0/base", "0x5f", "/devices/1/ports/0"},
    {"/devices/1/id", "com1", "/devices/1/id"},
    {"/devices/1/gsi", 4, "/devices/1/gsi"},
    {"/devices/1/ports/1/base", "0x60", "/devices/1/ports/1"},
    {"/requires/kvmApiVersion", 11, "/requires/kvmApiVersion"},
    {"/requires/capabilities/0", 1, "/requires/capabilities/0"},
};

} // namespace

TEST_SUITE("engine/decode_plan") {
  TEST_CASE("a good plan is decoded in all its parts") {
    const auto result = decode_plan(good_plan);
    REQUIRE_MESSAGE(result.ok(), result.error().message);
    const Plan& plan = result.value();
    CHECK(plan.name == "good");
    CHECK(plan.memory[1].start.value == 0x100000);
    CHECK(std::get<InlineSource>(plan.load[0].from).data == std::vector<std::uint8_t>{'f', 'o', 'o'});
    CHECK(std::get<FileSource>(plan.load[1].from).offset_bytes == 4096);
    CHECK(plan.interrupts.lvt.lint1 == 0x400);
    CHECK(plan.vcpus[1].apic_id == 1);
    CHECK(plan.boot.registers.rbx == 0x6000);
    CHECK(plan.boot.segments.cs.access == 0xc09b);
    CHECK(plan.devices[0].gsi == std::optional<std::uint32_t>(4));
    CHECK(!plan.devices[1].gsi);
  }

  TEST_CASE("a vCPU's leaves replace the shared ones with the same leaf and subleaf, or are added") {
    const auto result = decode_plan(good_plan);
    REQUIRE(result.ok());
    const auto leaves = cpuid_of(result.value(), result.value().vcpus[1]);
    REQUIRE(leaves.size() == 3);
    CHECK(leaves[0].eax == 2);
    CHECK(leaves[1].eax == 4);
    CHECK(leaves[2].leaf == 0xb);
  }

  TEST_CASE("each spoiled plan is refused with the pointer of what is wrong") {
    for (const Spoiled& spoiled : spoiled_plans)
      check_refused(Json::parse(good_plan), spoiled);
  }

  TEST_CASE("every key is required but the registers and a device's gsi") {
    const Json flat = Json::parse(good_plan).flatten();
    for (const auto& [pointer, value] : flat.items()) {
      const Json::json_pointer path(pointer);
      const bool is_element = path.back().find_first_not_of("0123456789") == std::string::npos;
      if (is_element || path.back() == "gsi" || path.back() == "rbx") continue;
      Json plan = Json::parse(good_plan);
      plan[path.parent_pointer()].erase(path.back());
      CAPTURE(pointer);
      CHECK(!decode_plan(plan.dump()).ok());
    }
  }

  TEST_CASE("text that is no JSON, or has a key twice, is refused without an exception") {
    for (const char* text :
         {"", "{", "[]", "null", "{\"name\":1,\"name\":2}", "{} x", "\xff\xfe", "{\"a\":{\"b\":1,\"b\":2}}"}) {
      CAPTURE(text);
      const auto result = decode_plan(text);
      REQUIRE(!result.ok());
      CHECK(result.error().code == ErrorCode::plan_invalid);
    }
    const auto deep = decode_plan(std::string(100'000, '['));
    CHECK(!deep.ok());
  }

  TEST_CASE("a prefix of a plan of any length is refused") {
    const std::string text = Json::parse(good_plan).dump();
    for (std::size_t length = 0; length < text.size(); length += 7)
      CHECK(!decode_plan(text.substr(0, length)).ok());
  }
}

} // namespace volt::test
