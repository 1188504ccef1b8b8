// Fails every step of a machine's construction and start in turn: nothing may be left behind.
#include <dirent.h>
#include <doctest/doctest.h>
#include <fstream>
#include <unistd.h>

#include "base/fault.h"
#include "support/disk_files.h"
#include "support/virtio_guest.h"
#include "test_guest.h"

namespace volt::test {

namespace {

// A size that nothing else maps, so that a leaked region is recognised among the allocator's.
constexpr std::uint64_t odd_memory_bytes = 37 * 4096 * 11;

std::size_t entries_of(const char* directory) {
  DIR* stream = opendir(directory);
  REQUIRE(stream != nullptr);
  std::size_t count = 0;
  while (readdir(stream) != nullptr)
    ++count;
  closedir(stream);
  return count;
}

struct Holdings {
  std::size_t descriptors;
  std::size_t threads;
  /// Mappings of KVM's, and of the size of the guest's memory.
  std::size_t mappings;

  friend bool operator==(const Holdings&, const Holdings&) = default;
};

Holdings present_holdings() {
  std::size_t mappings = 0;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    const std::size_t dash = line.find('-');
    const auto size = std::stoull(line.substr(dash + 1), nullptr, 16) - std::stoull(line, nullptr, 16);
    if (size == odd_memory_bytes || line.find("kvm") != std::string::npos) ++mappings;
  }
  return {.descriptors = entries_of("/proc/self/fd"), .threads = entries_of("/proc/self/task"), .mappings = mappings};
}

/// Creates, starts, stops and destroys a machine; the error of the step that failed.
Result<void> whole_life(const Plan& plan) {
  PlanDescriptors files;
  {
    // Not a step of the machine's.
    static const FileDescriptor image = memory_file(65536);
    static const FileDescriptor overlay = overlay_file(65536);
    files["image"] = FileDescriptor(dup(image.get()));
    files["overlay"] = FileDescriptor(dup(overlay.get()));
  }
  auto machine = TRY(Machine::create(plan, kvm_descriptor(), files));
  TRY(machine->start());
  CHECK(present_holdings().mappings > plan.vcpus.size()); // the measure sees what a machine holds
  machine->stop();
  machine->join();
  return {};
}

} // namespace

TEST_SUITE("engine/construction" * doctest::skip(!has_kvm())) {
  TEST_CASE("a failure at any step is reported and leaves no descriptor, thread or mapping") {
    Plan plan = plan_with(halt_for_ever(), 3);
    plan.memory = {{.start = {0}, .size_bytes = odd_memory_bytes}};
    plan.msrs = {{.index = 0x10, .value = 0}};
    plan.devices.push_back(rng_device());
    plan.devices.push_back(beside(block_device(128, true)));
    fault::arm(0);
    REQUIRE(whole_life(plan).ok()); // also lets the runtime make what it keeps
    const unsigned steps = fault::steps();
    REQUIRE(steps > 30);
    const Holdings before = present_holdings();
    for (unsigned step = 1; step <= steps; ++step) {
      CAPTURE(step);
      fault::arm(step);
      const auto result = whole_life(plan);
      fault::arm(0);
      REQUIRE(!result.ok());
      CHECK(!result.error().message.empty());
      const Holdings after = present_holdings();
      CHECK(after.descriptors == before.descriptors);
      CHECK(after.threads == before.threads);
      CHECK(after.mappings == before.mappings);
    }
    fault::arm(0);
    CHECK(whole_life(plan).ok());
  }
}

} // namespace volt::test
