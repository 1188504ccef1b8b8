// Virtio devices in machines that run: ioeventfd, irqfd, and the end of it all.
#include <atomic>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <thread>

#include "support/disk_files.h"
#include "support/net_bench.h"
#include "support/vhost_user_daemon.h"
#include "support/virtio_guest.h"

namespace volt::test {

using virtio::VhostUserRequest;

namespace {

constexpr std::uint32_t notify_register = 0x50;
constexpr std::uint32_t status_register = 0x70;

Plan with_entropy(Plan plan) {
  plan.devices.push_back(rng_device());
  for (LoadItem& item : queue_with(descriptor(0x13000, 64, 2, 0)))
    plan.load.push_back(std::move(item));
  return plan;
}

constexpr std::uint64_t disk_bytes = 16384;

PlanDescriptors disk_files(const FileDescriptor& image, const FileDescriptor* overlay) {
  PlanDescriptors files;
  files["image"] = copy_of(image);
  if (overlay != nullptr) files["overlay"] = copy_of(*overlay);
  return files;
}

/// A disk, and a request in memory that fills its sector 1 with `value`.
void add_write(Plan& plan, std::uint8_t value, bool has_overlay) {
  plan.devices.push_back(block_device(disk_bytes / 512, has_overlay));
  const Code header{1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0}; // VIRTIO_BLK_T_OUT, sector 1
  for (LoadItem& item :
       queue_with(descriptor(0x13000, 16, 1, 1) + descriptor(0x14000, 512, 1, 2) + descriptor(0x15000, 1, 2, 0)))
    plan.load.push_back(std::move(item));
  plan.load.push_back(
      {.label = "header", .range = {.start = {0x13000}, .size_bytes = header.size()}, .from = InlineSource{header}});
  plan.load.push_back({.label = "data",
                       .range = {.start = {0x14000}, .size_bytes = 512},
                       .from = InlineSource{std::vector<std::uint8_t>(512, value)}});
}

Outcome run(const Plan& plan, const PlanDescriptors& files) {
  auto machine = Machine::create(plan, kvm_descriptor(), files);
  REQUIRE_MESSAGE(machine.ok(), machine.error().message);
  REQUIRE(machine.value()->start().ok());
  return finish(*machine.value());
}

/// jmp back over `code` and itself.
Code again(const Code& code) {
  Code loop = code + Code{0xe9};
  const auto back = static_cast<std::uint32_t>(-static_cast<std::int64_t>(loop.size() + 4));
  for (unsigned shift = 0; shift < 32; shift += 8)
    loop.push_back(static_cast<std::uint8_t>(back >> shift));
  return loop;
}

} // namespace

TEST_SUITE("engine/virtio" * doctest::skip(!has_kvm())) {
  TEST_CASE("a guest's notification is served, and the interrupt finds what was returned") {
    const Code handler = print_used_index() + power_off() + halt_for_ever();
    const Code code = start_device() + put_register(notify_register, 0) + wait_for_interrupts();
    const Outcome outcome = run(with_entropy(interrupt_plan(virtio_gsi, code, handler)));
    CHECK(outcome.report.reason == StopReason::poweroff);
    CHECK(outcome.output == "1");
  }

  TEST_CASE("a request that was there before DRIVER_OK needs no notification") {
    const Code handler = print_used_index() + power_off() + halt_for_ever();
    const Outcome outcome =
        run(with_entropy(interrupt_plan(virtio_gsi, start_device() + wait_for_interrupts(), handler)));
    CHECK(outcome.output == "1");
  }

  TEST_CASE("notifications reach the back end by the counter of the driver's last start") {
    SocketPair pair(SOCK_STREAM);
    VhostUserDaemon daemon(std::move(pair.test));
    Code code = start_device() + start_device() + start_device();
    constexpr int notifications = 20; // each start's counter is at 1
    for (int count = 0; count < notifications; ++count)
      code = code + put_register(notify_register, 0);
    Plan plan = power_plan(code + print("on") + halt_for_ever());
    plan.backing = GuestMemory::Backing::shared;
    plan.devices.push_back(rng_device());
    plan.devices.back().virtio->model = FsPlan{.tag = "src", .backend = "share"};
    for (LoadItem& item : queue_with(descriptor(0x13000, 64, 2, 0)))
      plan.load.push_back(std::move(item));
    PlanDescriptors files;
    files["share"] = std::move(pair.device);
    auto machine = Machine::create(plan, kvm_descriptor(), std::move(files));
    REQUIRE_MESSAGE(machine.ok(), machine.error().message);
    REQUIRE(machine.value()->start().ok());
    REQUIRE(wait_for_output(*machine.value(), "on"));
    for (int round = 0; round < 1000 && daemon.kicks() < notifications + 1; ++round)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    CHECK(daemon.kicks() >= notifications + 1);
    CHECK(daemon.kicks() <= notifications + 3);
    CHECK(daemon.count(VhostUserRequest::SET_VRING_KICK) == 3);
    machine.value()->stop();
  }

  TEST_CASE("what a driver does wrong is told with the device's id, and the machine goes on") {
    const Code code = start_device() + put_register(notify_register, 7) + print("on") + power_off() + halt_for_ever();
    auto machine = start(with_entropy(power_plan(code)));
    const Outcome outcome = finish(*machine);
    CHECK(outcome.report.reason == StopReason::poweroff);
    CHECK(outcome.output == "on");
    const auto notices = machine->take_notices();
    REQUIRE(notices.size() == 1);
    CHECK(notices[0].kind == Notice::Kind::device_fault);
    CHECK(notices[0].device == "entropy");
    CHECK(notices[0].message == "a notification for a queue that is not there");
  }

  TEST_CASE("a machine stops at any moment while its guest starts, notifies and resets the device without end") {
    for (int round = 0; round < 20; ++round) {
      const Code code = print("r") + again(start_device() + put_register(notify_register, 0) +
                                           put_register(notify_register, 9) + put_register(status_register, 0));
      auto machine = start(with_entropy(power_plan(code)));
      REQUIRE(wait_for_output(*machine, "r"));
      std::this_thread::sleep_for(std::chrono::milliseconds(round % 5));
      std::thread stopper([&] { machine->stop(); });
      const Outcome outcome = finish(*machine);
      stopper.join();
      CHECK(outcome.report.reason == StopReason::stopped);
    }
  }

  TEST_CASE("a machine that was never started lets its devices go") {
    auto machine = Machine::create(with_entropy(power_plan(halt_for_ever())), kvm_descriptor(), {});
    REQUIRE(machine.ok());
    machine.value()->stop();
    CHECK(machine.value()->ended());
  }

  TEST_CASE("a guest's write reaches its disk, also when the same descriptors serve the next boot") {
    for (const bool has_overlay : {false, true}) {
      const FileDescriptor image = memory_file(disk_bytes);
      const FileDescriptor overlay = overlay_file(disk_bytes);
      const PlanDescriptors files = disk_files(image, has_overlay ? &overlay : nullptr);
      for (int boot = 0; boot < 3; ++boot) {
        const Code handler = print_used_index() + power_off() + halt_for_ever();
        Plan plan = interrupt_plan(virtio_gsi, start_device() + wait_for_interrupts(), handler);
        add_write(plan, static_cast<std::uint8_t>('a' + boot), has_overlay);
        const Outcome outcome = run(plan, files);
        CHECK(outcome.report.reason == StopReason::poweroff);
        CHECK(outcome.output == "1");
        const FileDescriptor& written = has_overlay ? overlay : image;
        const std::uint64_t place = has_overlay ? 8192 : 0; // behind header and bitmap
        CHECK(contents(written, place + 512, 1)[0] == 'a' + boot);
      }
      if (has_overlay) {
        CHECK(contents(overlay, 4096, 1)[0] == 1); // nobody flushed: the end did
        CHECK(contents(image, 512, 1)[0] == 0);
      }
    }
  }

  TEST_CASE("descriptors that cannot serve as the plan's disks are refused by the host's side") {
    const auto problem = [](FileDescriptor image, std::uint64_t sectors, bool read_only = false) {
      Plan plan = power_plan(halt_for_ever());
      plan.devices.push_back(block_device(sectors, false));
      std::get<BlockPlan>(plan.devices.back().virtio->model).options.read_only = read_only;
      PlanDescriptors files;
      files["image"] = std::move(image);
      const auto machine = Machine::create(plan, kvm_descriptor(), files);
      if (machine.ok()) return std::string();
      CHECK(machine.error().code == ErrorCode::host_error);
      return machine.error().message;
    };
    const auto open_again = [](int flags) {
      const FileDescriptor file = disk_file(disk_bytes);
      const std::string path = "/proc/self/fd/" + std::to_string(file.get());
      return FileDescriptor(open(path.c_str(), flags | O_CLOEXEC));
    };
    CHECK(problem(memory_file(disk_bytes), disk_bytes / 512).empty());
    CHECK(problem(memory_file(disk_bytes + 511), disk_bytes / 512).empty());
    CHECK(problem(memory_file(disk_bytes), 7) == "the disk image has 32 sectors, in the plan it has 7");
    CHECK(problem(FileDescriptor::event_counter().value(), 1) == "the disk image is no file and no block device");
    CHECK(problem(open_again(O_RDONLY), disk_bytes / 512) == "the disk image was not opened for writing");
    CHECK(problem(open_again(O_RDONLY), disk_bytes / 512, true).empty());
    CHECK(problem(open_again(O_WRONLY), disk_bytes / 512, true) == "the disk image was not opened for reading");
    CHECK(problem(open_again(O_RDWR | O_APPEND), disk_bytes / 512) == "the disk image was opened for appending");
  }

  TEST_CASE("a backend without a descriptor, and a descriptor without a backend, are refused") {
    PlanDescriptors files;
    files["image"] = memory_file(disk_bytes);
    const auto stray = Machine::create(with_entropy(power_plan(halt_for_ever())), kvm_descriptor(), files);
    REQUIRE(!stray.ok());
    CHECK(stray.error().code == ErrorCode::plan_invalid);
    Plan plan = power_plan(halt_for_ever());
    plan.devices.push_back(block_device(disk_bytes / 512, true));
    const auto missing = Machine::create(plan, kvm_descriptor(), files);
    REQUIRE(!missing.ok());
    CHECK(missing.error().code == ErrorCode::plan_invalid);
    CHECK(missing.error().message == "the plan at /devices: no descriptor was given for the backend overlay");
  }
}

} // namespace volt::test
