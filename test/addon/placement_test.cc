// What whoever starts a machine asks of the host: as words, and as the kernel sees it done.
#include <cerrno>
#include <chrono>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "engine/placement.h"
#include "test_guest.h"

namespace volt::test {

namespace {

/// A line of /proc/self/task/*/status of a thread of this process by its name; empty without such a thread.
std::string find_line(const std::string& thread, const std::string& key) {
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream status(task.path() / "status");
    std::string line;
    bool is_it = false;
    while (std::getline(status, line)) {
      is_it = is_it || line == "Name:\t" + thread;
      if (is_it && line.starts_with(key + ":\t")) return line.substr(key.size() + 2);
    }
  }
  return "";
}

/// Of a thread that names itself soon.
std::string line_of(const std::string& thread, const std::string& key) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  std::string line;
  while ((line = find_line(thread, key)).empty() && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return line;
}

bool has_second_processor() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  return sched_getaffinity(0, sizeof allowed, &allowed) == 0 && CPU_ISSET(0, &allowed) && CPU_ISSET(1, &allowed);
}

Plan waiting_plan(std::size_t vcpus) {
  return plan_with(halt_for_ever(), vcpus);
}

} // namespace

TEST_SUITE("engine/placement") {
  TEST_CASE("lists of processors become masks, one for all vCPUs or one for each") {
    const auto all = parse_pins("0-2,1030");
    REQUIRE(all.ok());
    REQUIRE(all.value().size() == 1);
    const CpuMask& mask = all.value().front();
    REQUIRE(mask.size() == 2);
    CHECK(CPU_COUNT(&mask[0]) == 3);
    CHECK(CPU_ISSET(2, &mask[0]));
    CHECK(CPU_ISSET(1030 - 1024, &mask[1]));
    const auto each = parse_pins("0/1/0-1");
    REQUIRE(each.ok());
    CHECK(each.value().size() == 3);
    CHECK(CPU_ISSET(1, &each.value()[1].front()));
    CHECK(!CPU_ISSET(0, &each.value()[1].front()));
  }

  TEST_CASE("what is no list of processors is refused") {
    for (const char* text :
         {"", "/", "0/", "0,", ",", "-1", "1-", "3-1", "0-8192", "99999999999", "a", "0 1", "0--1"}) {
      CAPTURE(text);
      CHECK(!parse_pins(text).ok());
    }
  }

  TEST_CASE("huge pages have three names") {
    CHECK(parse_pages("transparent").value() == PageKind::transparent);
    CHECK(parse_pages("2MiB").value() == PageKind::huge_2mib);
    CHECK(parse_pages("1GiB").value() == PageKind::huge_1gib);
    CHECK(!parse_pages("4KiB").ok());
  }
}

TEST_SUITE("engine/machine: placement" * doctest::skip(!has_kvm())) {
  TEST_CASE("each vCPU runs where it is pinned, and other threads where they did") {
    const std::string usual = line_of("volt-tests", "Cpus_allowed_list");
    Plan plan = waiting_plan(2);
    plan.placement.pins = parse_pins("0").value();
    auto machine = Machine::create(plan, kvm_descriptor(), {});
    REQUIRE_MESSAGE(machine.ok(), machine.error().message);
    REQUIRE(machine.value()->start().ok());
    CHECK(line_of("vcpu0", "Cpus_allowed_list") == "0");
    CHECK(line_of("vcpu1", "Cpus_allowed_list") == "0");
    CHECK(line_of("volt-tests", "Cpus_allowed_list") == usual);
    machine.value()->stop();
    machine.value()->join();
  }

  TEST_CASE("vCPUs with a list each run apart") {
    if (!has_second_processor()) {
      MESSAGE("skipped: needs two processors");
      return;
    }
    Plan plan = waiting_plan(2);
    plan.placement.pins = parse_pins("1/0-1").value();
    auto machine = Machine::create(plan, kvm_descriptor(), {});
    REQUIRE_MESSAGE(machine.ok(), machine.error().message);
    REQUIRE(machine.value()->start().ok());
    CHECK(line_of("vcpu0", "Cpus_allowed_list") == "1");
    CHECK(line_of("vcpu1", "Cpus_allowed_list") == "0-1");
    machine.value()->stop();
    machine.value()->join();
  }

  TEST_CASE("a processor that the host does not have is an error, and no thread is left") {
    Plan plan = waiting_plan(2);
    plan.placement.pins = parse_pins("8191").value();
    auto machine = Machine::create(plan, kvm_descriptor(), {});
    REQUIRE(machine.ok());
    const auto started = machine.value()->start();
    REQUIRE(!started.ok());
    CHECK(started.error().host_errno == EINVAL);
    CHECK(!started.error().hint.empty());
    CHECK(find_line("vcpu0", "Cpus_allowed_list").empty());
  }

  TEST_CASE("as many lists as vCPUs, or one") {
    Plan plan = waiting_plan(3);
    plan.placement.pins = parse_pins("0/0").value();
    CHECK(!Machine::create(plan, kvm_descriptor(), {}).ok());
  }

  TEST_CASE("memory that huge pages do not make is refused") {
    Plan plan = waiting_plan(1);
    plan.placement.pages = PageKind::huge_1gib;
    REQUIRE(plan.memory.front().size_bytes % pooled_page_bytes(PageKind::huge_1gib) != 0);
    CHECK(!Machine::create(plan, kvm_descriptor(), {}).ok());
  }
}

} // namespace volt::test
