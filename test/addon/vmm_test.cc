// volt-vmm's parts: its arguments, its descriptors, its events.
#include <array>
#include <csignal>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <sys/mman.h>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

#include "base/file_descriptor.h"
#include "engine/event.h"
#include "support/pipe.h"
#include "vmm/arguments.h"
#include "vmm/descriptor_pump.h"
#include "vmm/event_log.h"
#include "vmm/sandbox_event.h"

namespace volt::test {

using std::chrono::milliseconds;

namespace {

std::string problem_of(std::vector<const char*> arguments) {
  const auto parsed = parse_arguments(arguments);
  return parsed.ok() ? "" : parsed.error().message;
}

// A pump's thread is never joined, so what it uses lives as long as the process.
template <typename Kind>
Kind& immortal() {
  static auto& all = *new std::vector<std::unique_ptr<Kind>>;
  return *all.emplace_back(std::make_unique<Kind>());
}

struct Outlet {
  ByteQueue queue{1024 * 1024};
  OutputPump pump;
};

void flush(OutputPump& pump) {
  FlushBudget budget([] { return false; });
  pump.flush(budget);
}

} // namespace

TEST_SUITE("vmm/arguments") {
  TEST_CASE("descriptors are taken by their options") {
    const std::array arguments{"--plan",   "0", "--kvm",    "1", "--file",    "kernel=2",
                               "--events", "0", "--events", "1", "--control", "2"};
    const auto parsed = parse_arguments(arguments);
    REQUIRE_MESSAGE(parsed.ok(), parsed.error().message);
    CHECK(parsed.value().plan == 0);
    CHECK(parsed.value().files.at("kernel") == 2);
    CHECK(parsed.value().events == std::vector<int>{0, 1});
    CHECK(parsed.value().control == 2);
    CHECK(parsed.value().console_in == -1);
  }

  TEST_CASE("each mistake is named") {
    CHECK(problem_of({}) == "--plan is missing");
    CHECK(problem_of({"--plan", "0"}) == "--kvm is missing");
    CHECK(problem_of({"--plan"}) == "--plan lacks its value");
    CHECK(problem_of({"--plan", "x"}) == "--plan takes the number of a descriptor, not x");
    CHECK(problem_of({"--plan", "0x"}) == "--plan takes the number of a descriptor, not 0x");
    CHECK(problem_of({"--plan", "-1"}) == "--plan takes the number of a descriptor, not -1");
    CHECK(problem_of({"--plan", "99999999999"}) == "--plan takes the number of a descriptor, not 99999999999");
    CHECK(problem_of({"--plan", "987"}) == "--plan: descriptor 987 is not open");
    CHECK(problem_of({"--plan", "0", "--plan", "0"}) == "--plan is given twice");
    CHECK(problem_of({"--file", "kernel"}) == "--file takes ID=FD, not kernel");
    CHECK(problem_of({"--file", "=0"}) == "--file takes ID=FD, not =0");
    CHECK(problem_of({"--file", "k=0", "--file", "k=1"}) == "--file k is given twice");
    CHECK(problem_of({"--jail-missing", "root"}).starts_with("--jail-missing takes a layer, `=`"));
    CHECK(problem_of({"--jail-missing", "=why"}).starts_with("--jail-missing takes a layer, `=`"));
    CHECK(problem_of({"--help", "0"}) == "unknown argument --help");
  }
}

TEST_SUITE("vmm/sandbox_event") {
  TEST_CASE("what the launcher could not do is told with what the process itself could not") {
    const std::array arguments{"--plan",         "0",           "--kvm",          "0",      "--jail", "pid",
                               "--jail-missing", "root=a=b no", "--jail-missing", "uid=one"};
    const auto parsed = parse_arguments(arguments);
    REQUIRE_MESSAGE(parsed.ok(), parsed.error().message);
    SandboxReport report{.mode = SandboxMode::best_effort,
                         .jail = parsed.value().jail,
                         .jail_missing = parsed.value().jail_missing,
                         .own = {}};
    report.own.layers.missing.push_back({"landlock", Error{.message = "old"}});
    const auto event = nlohmann::json::parse(sandbox_event(report));
    CHECK(event["jail"] == nlohmann::json{"pid"});
    CHECK(event["missing"] == nlohmann::json::parse(R"([{"layer":"root","reason":"a=b no"},
                                                        {"layer":"uid","reason":"one"},
                                                        {"layer":"landlock","reason":"old"}])"));
  }
}

TEST_SUITE("vmm/descriptor_pump") {
  TEST_CASE("what is queued is written, and flush waits for it") {
    Outlet& outlet = immortal<Outlet>();
    Pipe pipe;
    REQUIRE(outlet.pump.start("test", outlet.queue, pipe.writer.get()).ok());
    REQUIRE(outlet.queue.push_whole(std::array<std::uint8_t, 3>{'a', 'b', 'c'}));
    outlet.queue.close();
    flush(outlet.pump);
    std::array<char, 8> bytes{};
    CHECK(read(pipe.reader.get(), bytes.data(), bytes.size()) == 3);
  }

  TEST_CASE("a full pipe that nobody reads holds up nothing but its own flush, for the time allowed") {
    Outlet& outlet = immortal<Outlet>();
    const Pipe& pipe = immortal<Pipe>(); // the pump's thread blocks in it for good
    REQUIRE(outlet.pump.start("test", outlet.queue, pipe.writer.get()).ok());
    const std::vector<std::uint8_t> much(1024 * 1024, 'x');
    CHECK(outlet.queue.push(much) == much.size()); // returns at once
    outlet.queue.close();
    const auto start = std::chrono::steady_clock::now();
    FlushBudget hurried([] { return true; });
    outlet.pump.flush(hurried);
    const auto took = std::chrono::steady_clock::now() - start;
    CHECK(took >= FlushBudget::hurried_limit - milliseconds(1));
    CHECK(took < milliseconds(5'000));
  }

  TEST_CASE("a closed pipe is given up and the rest is thrown away") {
    std::signal(SIGPIPE, SIG_IGN);
    Outlet& outlet = immortal<Outlet>();
    Pipe pipe;
    pipe.reader = FileDescriptor();
    REQUIRE(outlet.pump.start("test", outlet.queue, pipe.writer.get()).ok());
    const std::vector<std::uint8_t> much(1024 * 1024, 'x');
    CHECK(outlet.queue.push(much) == much.size());
    outlet.queue.close();
    flush(outlet.pump);
    CHECK(outlet.queue.exhausted());
    CHECK(outlet.pump.lost_bytes() > 0);
  }

  TEST_CASE("a descriptor without space is tried again until it has some, and nothing is lost") {
    struct sigaction ignored {};
    ignored.sa_handler = SIG_IGN;
    struct sigaction before {};
    sigaction(SIGXFSZ, &ignored, &before);
    Outlet& outlet = immortal<Outlet>();
    const FileDescriptor file(memfd_create("full", MFD_CLOEXEC));
    rlimit limit{};
    REQUIRE(getrlimit(RLIMIT_FSIZE, &limit) == 0);
    const rlimit small{.rlim_cur = 5, .rlim_max = limit.rlim_max};
    REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0); // EFBIG behind 5 bytes
    REQUIRE(outlet.pump.start("test", outlet.queue, file.get(), 4096).ok());
    REQUIRE(outlet.queue.push_whole(std::array<std::uint8_t, 8>{'a', 'b', 'c', 'd', 'e', 'f', 'g', '\n'}));
    std::this_thread::sleep_for(milliseconds(150));
    CHECK(lseek(file.get(), 0, SEEK_END) == 5);
    REQUIRE(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    outlet.queue.close();
    flush(outlet.pump);
    CHECK(lseek(file.get(), 0, SEEK_END) == 8);
    CHECK(outlet.pump.lost_bytes() == 0);
    sigaction(SIGXFSZ, &before, nullptr);
  }

  TEST_CASE("a descriptor that someone made non-blocking is waited for") {
    Outlet& outlet = immortal<Outlet>();
    Pipe pipe;
    REQUIRE(fcntl(pipe.writer.get(), F_SETFL, O_NONBLOCK) == 0);
    REQUIRE(outlet.pump.start("test", outlet.queue, pipe.writer.get()).ok());
    const std::vector<std::uint8_t> much(200'000, 'x');
    REQUIRE(outlet.queue.push(much) == much.size());
    outlet.queue.close();
    std::size_t received = 0;
    std::array<char, 4096> bytes{};
    while (received < much.size()) {
      const ssize_t count = read(pipe.reader.get(), bytes.data(), bytes.size());
      REQUIRE(count > 0);
      received += static_cast<std::size_t>(count);
    }
    flush(outlet.pump);
    CHECK(outlet.queue.exhausted());
  }

  TEST_CASE("input is read only as far as there is room") {
    struct Sink : InputPump::Sink {
      std::size_t wait_for_room() override { return queue.wait_for_room(); }
      // What does not fit is lost, and the count below falls short. Not CHECK: the thread outlives the test run.
      void consume(std::span<const std::uint8_t> bytes) override { static_cast<void>(queue.push(bytes)); }
      ByteQueue queue{10};
    };
    Sink& sink = immortal<Sink>();
    Pipe& pipe = immortal<Pipe>();
    REQUIRE(InputPump::start("test", sink, pipe.reader.get()).ok());
    const std::string text(25, 'i');
    REQUIRE(write(pipe.writer.get(), text.data(), text.size()) == 25);
    std::size_t received = 0;
    while (received < text.size()) {
      std::array<std::uint8_t, 4> bytes;
      const std::size_t count = sink.queue.pop_wait(bytes, milliseconds(10'000));
      REQUIRE(count > 0);
      received += count;
    }
    pipe.writer = FileDescriptor(); // the pump's thread ends
  }
}

TEST_SUITE("vmm/event_log") {
  TEST_CASE("the last event has room behind a reader that takes nothing, and dropped bytes are added up") {
    EventLog& log = immortal<EventLog>();
    const Pipe& pipe = immortal<Pipe>();
    const std::array descriptors{pipe.writer.get()};
    REQUIRE(log.start(descriptors).ok());
    const std::string filler(1000, 'x');
    for (int count = 0; count < 200; ++count)
      log.write(filler); // more than the pipe and the queue hold
    log.write_dropped(3);
    log.write_dropped(4);
    FlushBudget hurried([] { return true; });
    std::thread reader([&] {
      std::this_thread::sleep_for(milliseconds(50));
      std::string text;
      std::array<char, 4096> bytes{};
      while (!text.ends_with("last\n")) {
        const ssize_t count = read(pipe.reader.get(), bytes.data(), bytes.size());
        if (count <= 0) break;
        text.append(bytes.data(), static_cast<std::size_t>(count));
      }
      CHECK(text.ends_with("last\n"));
      CHECK(text.find("\"bytes\":7}") != std::string::npos);
      CHECK(text.find("\"bytes\":3}") == std::string::npos);
    });
    log.finish("last", hurried);
    reader.join();
  }
}

TEST_SUITE("engine/event") {
  TEST_CASE("a device's fault is told with its device and what was wrong") {
    const auto event = nlohmann::json::parse(
        notice_event({.kind = Notice::Kind::device_fault, .device = "disk", .message = "a buffer is empty"}));
    CHECK(event["event"] == "device-fault");
    CHECK(event["device"] == "disk");
    CHECK(event["message"] == "a buffer is empty");
    CHECK(nlohmann::json::parse(notice_event({.kind = Notice::Kind::crash_loaded}))["event"] == "crash-loaded");
  }

  TEST_CASE("a link that is down is told with its device and why") {
    const auto event = nlohmann::json::parse(
        notice_event({.kind = Notice::Kind::link_down, .device = "net-lan", .message = "the peer hung up"}));
    CHECK(event["event"] == "link-down");
    CHECK(event["device"] == "net-lan");
    CHECK(event["message"] == "the peer hung up");
  }

  TEST_CASE("a back end that is down is told with its device and why") {
    const auto event = nlohmann::json::parse(
        notice_event({.kind = Notice::Kind::back_end_down, .device = "share-src", .message = "it hung up"}));
    CHECK(event["event"] == "backend-down");
    CHECK(event["device"] == "share-src");
    CHECK(event["message"] == "it hung up");
  }

  TEST_CASE("a stop carries its details under the names of the contract") {
    const auto event = nlohmann::json::parse(stopped_event({.reason = StopReason::internal_error,
                                                            .message = "why",
                                                            .vcpu = 3,
                                                            .suberror = 1,
                                                            .rip = 0x1000,
                                                            .instruction = {0x0f, 0x0b},
                                                            .hardware_reason = {},
                                                            .host_errno = {}}));
    CHECK(event["formatVersion"] == 1);
    CHECK(event["event"] == "stopped");
    CHECK(event["reason"] == "internal-error");
    CHECK(event["exitCode"] == 22);
    CHECK(event["rip"] == "0x1000");
    CHECK(event["instruction"] == "0f0b");
    CHECK(event["vcpu"] == 3);
    CHECK(!event.contains("hardwareReason"));
    const std::string time = event["time"];
    CHECK(time.size() == 24);
    CHECK(time.back() == 'Z');
  }

  TEST_CASE("bytes that are no UTF-8 do not break an event") {
    const auto event =
        nlohmann::json::parse(failed_event({.code = ErrorCode::plan_invalid, .message = "\xff", .hint = ""}));
    CHECK(event["code"] == "PLAN_INVALID");
    CHECK(!event.contains("errno"));
    CHECK(!event.contains("hint"));
  }
}

} // namespace volt::test
