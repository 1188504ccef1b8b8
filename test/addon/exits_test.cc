// What KVM's exits become: decoding of the run area, names of instructions, sentences.
#include <array>
#include <cstring>
#include <doctest/doctest.h>
#include <linux/kvm.h>
#include <memory>

#include "engine/instruction_name.h"
#include "kvm/decode_exit.h"

namespace volt::test {

namespace {

/// A run area as the kernel maps it: struct kvm_run, and pages behind it.
class RunArea {
public:
  kvm_run& run() { return *reinterpret_cast<kvm_run*>(storage_.get()); }
  std::span<std::uint8_t> bytes() { return {storage_.get(), size}; }

private:
  static constexpr std::size_t size = 3 * 4096;
  std::unique_ptr<std::uint8_t[]> storage_ = std::make_unique<std::uint8_t[]>(size);
};

std::string_view name_of_bytes(std::vector<std::uint8_t> bytes) {
  return instruction_name(bytes);
}

} // namespace

TEST_SUITE("kvm/decode_exit") {
  TEST_CASE("a string access covers all its items") {
    RunArea area;
    area.run().exit_reason = KVM_EXIT_IO;
    area.run().io.direction = KVM_EXIT_IO_OUT;
    area.run().io.size = 2;
    area.run().io.port = 0x3f8;
    area.run().io.count = 3;
    area.run().io.data_offset = 4096;
    const auto exit = kvm::decode_exit(area.bytes());
    const auto& io = std::get<kvm::IoExit>(exit);
    CHECK(io.direction == kvm::Direction::write);
    CHECK(io.data.size() == 6);
    CHECK(io.data.data() == area.bytes().data() + 4096);
  }

  TEST_CASE("an emulation failure gives its bytes only where KVM flags them") {
    RunArea area;
    auto& failure = area.run().emulation_failure;
    area.run().exit_reason = KVM_EXIT_INTERNAL_ERROR;
    failure.suberror = KVM_INTERNAL_ERROR_EMULATION;
    failure.ndata = 3;
    failure.flags = KVM_INTERNAL_ERROR_EMULATION_FLAG_INSTRUCTION_BYTES;
    failure.insn_size = 4;
    std::memcpy(failure.insn_bytes, "\xf3\x0f\xb8\xc0\x90", 5);
    CHECK(std::get<kvm::InternalErrorExit>(kvm::decode_exit(area.bytes())).instruction ==
          std::vector<std::uint8_t>{0xf3, 0x0f, 0xb8, 0xc0});
    failure.insn_size = 200; // more than there are
    CHECK(std::get<kvm::InternalErrorExit>(kvm::decode_exit(area.bytes())).instruction.size() == 15);
    failure.flags = 0;
    CHECK(std::get<kvm::InternalErrorExit>(kvm::decode_exit(area.bytes())).instruction.empty());
    failure.flags = KVM_INTERNAL_ERROR_EMULATION_FLAG_INSTRUCTION_BYTES;
    failure.ndata = 1;
    CHECK(std::get<kvm::InternalErrorExit>(kvm::decode_exit(area.bytes())).instruction.empty());
  }

  TEST_CASE("each other exit has its meaning or its name") {
    RunArea area;
    const auto exit_of = [&](std::uint32_t reason) {
      area.run().exit_reason = reason;
      return kvm::decode_exit(area.bytes());
    };
    CHECK(std::holds_alternative<kvm::HaltExit>(exit_of(KVM_EXIT_HLT)));
    CHECK(std::holds_alternative<kvm::ShutdownExit>(exit_of(KVM_EXIT_SHUTDOWN)));
    CHECK(std::holds_alternative<kvm::InterruptedExit>(exit_of(KVM_EXIT_INTR)));
    CHECK(std::holds_alternative<kvm::InterruptedExit>(exit_of(KVM_EXIT_IRQ_WINDOW_OPEN)));
    CHECK(std::get<kvm::UnexpectedExit>(exit_of(KVM_EXIT_DEBUG)).name == "DEBUG");
    CHECK(std::get<kvm::UnexpectedExit>(exit_of(KVM_EXIT_UNKNOWN)).name == "UNKNOWN");
    CHECK(std::get<kvm::UnexpectedExit>(exit_of(9999)).number == 9999);
    area.run().fail_entry.hardware_entry_failure_reason = 0x80000021;
    CHECK(std::get<kvm::FailEntryExit>(exit_of(KVM_EXIT_FAIL_ENTRY)).hardware_reason == 0x80000021);
    area.run().system_event.type = KVM_SYSTEM_EVENT_RESET;
    CHECK(std::get<kvm::SystemEventExit>(exit_of(KVM_EXIT_SYSTEM_EVENT)).event == kvm::SystemEvent::reset);
    area.run().system_event.type = 77;
    CHECK(std::get<kvm::SystemEventExit>(exit_of(KVM_EXIT_SYSTEM_EVENT)).event == kvm::SystemEvent::other);
  }

  TEST_CASE("a memory access longer than its buffer is cut to it") {
    RunArea area;
    area.run().exit_reason = KVM_EXIT_MMIO;
    area.run().mmio.len = 64;
    area.run().mmio.is_write = 1;
    CHECK(std::get<kvm::MmioExit>(kvm::decode_exit(area.bytes())).data.size() == 8);
  }
}

TEST_SUITE("engine/instruction_name") {
  TEST_CASE("instructions that emulators refuse are named, through their prefixes") {
    CHECK(name_of_bytes({0xf3, 0x0f, 0xb8, 0xc0}) == "popcnt");
    CHECK(name_of_bytes({0xf3, 0x48, 0x0f, 0xb8, 0xc0}) == "popcnt");
    CHECK(name_of_bytes({0x66, 0x0f, 0x38, 0xf6, 0xc1}) == "adcx");
    CHECK(name_of_bytes({0xf3, 0x0f, 0x38, 0xf6, 0xc1}) == "adox");
    CHECK(name_of_bytes({0xf0, 0x48, 0x0f, 0xc7, 0x0e}) == "cmpxchg16b");
    CHECK(name_of_bytes({0x65, 0x48, 0x0f, 0xc7, 0x0e}) == "cmpxchg16b");
    CHECK(name_of_bytes({0xf0, 0x0f, 0xc7, 0x0e}) == "cmpxchg8b");
    CHECK(name_of_bytes({0x48, 0x0f, 0xc7, 0x1f}) == "xrstors");
    CHECK(name_of_bytes({0x0f, 0xc7, 0xf0}) == "rdrand");
    CHECK(name_of_bytes({0xcc}) == "int3");
    CHECK(name_of_bytes({0xc5, 0xf8, 0x77}) == "an AVX instruction");
  }

  TEST_CASE("bytes that are not in the table, or too few, have no name") {
    CHECK(name_of_bytes({}).empty());
    CHECK(name_of_bytes({0x66, 0x66}).empty());
    CHECK(name_of_bytes({0x48}).empty());
    CHECK(name_of_bytes({0x0f}).empty());
    CHECK(name_of_bytes({0x0f, 0xc7}).empty());
    CHECK(name_of_bytes({0x90}).empty());
    CHECK(name_of_bytes({0x0f, 0xb8, 0xc0}).empty()); // popcnt without its prefix
  }
}

} // namespace volt::test
