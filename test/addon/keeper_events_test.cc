// What a keeper says, what it hears, and how it is called.
#include <doctest/doctest.h>

#include <csignal>
#include <nlohmann/json.hpp>
#include <string>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/file_descriptor.h"
#include "keeper/arguments.h"
#include "keeper/ending.h"
#include "keeper/event_check.h"
#include "keeper/event_line.h"
#include "keeper/machine_events.h"

using namespace volt;
using Json = nlohmann::json;

namespace {

FileDescriptor pidfd_of(pid_t pid) {
  return FileDescriptor(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
}

/// How a child ends that does as told.
template <typename Body>
Ending ending_of(const Body& body) {
  const pid_t child = fork();
  if (child == 0) {
    body();
    _exit(0);
  }
  const FileDescriptor pidfd = pidfd_of(child);
  return reap(pidfd.get()).value();
}

Result<KeepArguments> parse(std::vector<const char*> arguments) {
  return parse_keep_arguments(arguments);
}

} // namespace

TEST_SUITE("keeper/events") {
  TEST_CASE("an event is JSON whatever is in it") {
    const std::string text =
        std::string("quote \" backslash \\ tab \t nul ") + '\0' + " é € 😀 \xff\xc0\x80 \xed\xa0\x80";
    const Json event = Json::parse(EventLine("not-ready").add("console", text).add("timeoutMs", 5L).text());
    CHECK(event["formatVersion"] == 1);
    CHECK(event["event"] == "not-ready");
    CHECK(event["timeoutMs"] == 5);
    const std::string console = event["console"];
    CHECK(console.starts_with(std::string("quote \" backslash \\ tab \t nul ") + '\0' + " é € 😀 "));
    CHECK(console.find("ÿÀ") != std::string::npos); // bytes that are no UTF-8, as Latin-1
  }

  TEST_CASE("the kinds of a machine's events are heard in any pieces, and a line without end hides none") {
    std::string passed;
    MachineEvents events([&](std::string_view line) { passed += line; });
    events.begin(4711);
    for (const char byte :
         std::string(R"({"formatVersion":1,"event":"started","time":"2026-01-01T00:00:00.000Z","pid":1,"vcpus":2})") +
             "\n")
      events.hear(std::string_view(&byte, 1));
    CHECK(events.has_started());
    CHECK_FALSE(events.has_stopped());
    CHECK(passed == R"({"formatVersion":1,"event":"started","time":"2026-01-01T00:00:00.000Z","pid":4711,"vcpus":2})"
                    "\n");
    events.hear(std::string(MachineEvents::maximum_line_bytes * 2, 'x') + R"({"formatVersion":1,"event":"stopped"})" +
                "\n");
    events.hear(R"({"message":"{\"formatVersion\":1,\"event\":\"stopped\""})"
                "\n");
    CHECK_FALSE(events.has_stopped());
    CHECK(events.take_dropped() == 2);
    events.hear("{\"formatVersion\":1,\"event\":\"reset\"}\n{\"formatVersion\":1,\"event\":\"stopped\"}\n");
    CHECK(events.resets() == 1);
    CHECK(events.has_stopped());
    events.hear("{\"formatVersion\":1,\"event\":\"stopped\"}\n");
    CHECK(events.take_dropped() == 1); // there is one end
    events.begin(4712);
    CHECK_FALSE(events.has_started());
  }

  TEST_CASE("an event of a machine is well-formed JSON of a kind that a machine tells") {
    CHECK(kind_of_event(R"({"formatVersion":1,"event":"paused","time":"x"})") == "paused");
    CHECK(kind_of_event(R"({"formatVersion":1,"event":"paused","x":[{"y":1},{"y":1}]})") == "paused");
    CHECK(kind_of_event(
              R"({"formatVersion":1,"event":"started","time":"2026-01-01T00:00:00.000Z","pid":1,"vcpus":1024})") ==
          "started");
    const std::string deep =
        R"({"formatVersion":1,"event":"paused","x":)" + std::string(5000, '[') + std::string(5000, ']') + "}";
    CHECK(kind_of_event(deep).empty());
    for (const std::string line :
         {R"({"formatVersion":1,"event":"paused")", R"({"formatVersion":1,"event":"restarting"})",
          R"({"formatVersion":1,"event":"ready"})", R"({"formatVersion":1,"event":""})",
          R"({"event":"paused","formatVersion":1})", R"({"formatVersion":1,"event":"paused"}{})",
          "{\"formatVersion\":1,\"event\":\"paused\",\"x\":\"\xff\"}", "{\"formatVersion\":1,\"event\":\"paused",
          "{\"formatVersion\":1,\"event\":\"paused\",\"x\":\"\x1b\"}", "",
          R"({"formatVersion":1,"event":"paused","event":"ready"})",
          R"({"formatVersion":1,"event":"paused","x":{"y":1,"y":2}})",
          R"({"formatVersion":1,"event":"started","time":"2026-01-01T00:00:00.000Z","pid" :77,"vcpus":1})",
          R"({"formatVersion":1,"event":"started","time":"2026-01-01T00:00:00.000Z","pid":1,"vcpus":1,"pid":2})"})
      CHECK_MESSAGE(kind_of_event(line).empty(), line);
  }

  TEST_CASE("a machine that tells without end is heard in part, and its last word in any case") {
    std::size_t passed_bytes = 0;
    std::string last;
    MachineEvents events([&](std::string_view line) {
      passed_bytes += line.size();
      last = line;
    });
    events.begin(1);
    MachineEvents::Clock::time_point now = MachineEvents::Clock::now();
    const std::string line = R"({"formatVersion":1,"event":"paused","x":")" + std::string(1000, 'x') + "\"}\n";
    const auto flood = [&] {
      for (unsigned count = 0; count < 1000; ++count)
        events.hear(line, now);
    };
    flood();
    CHECK(passed_bytes > MachineEvents::burst_bytes - 2 * line.size());
    CHECK(passed_bytes <= MachineEvents::burst_bytes + line.size());
    CHECK(events.take_dropped() > 700);
    now += std::chrono::seconds(1);
    const std::size_t before = passed_bytes;
    flood();
    CHECK(passed_bytes - before <= MachineEvents::bytes_per_second + line.size());
    CHECK(passed_bytes > before);
    events.hear("{\"formatVersion\":1,\"event\":\"stopped\"}\n", now);
    CHECK(last.find("stopped") != std::string::npos);
  }

  TEST_CASE("a machine that tells for years fills its log once, and is then heard of its start and its end") {
    std::size_t passed_bytes = 0;
    std::string kinds;
    MachineEvents events([&](std::string_view line) {
      passed_bytes += line.size();
      kinds += kind_of_event(line.substr(0, line.size() - 1)).front();
    });
    MachineEvents::Clock::time_point now{};
    const std::string line = R"({"formatVersion":1,"event":"paused","x":")" + std::string(1000, 'x') + "\"}\n";
    const auto live = [&](unsigned hours) {
      for (unsigned second = 0; second < hours * 3600; ++second) {
        now += std::chrono::seconds(1);
        for (unsigned count = 0; count < 5; ++count)
          events.hear(line, now);
      }
    };
    events.begin(1);
    live(3);
    CHECK(passed_bytes > MachineEvents::lifetime_bytes - line.size());
    CHECK(passed_bytes <= MachineEvents::lifetime_bytes);
    kinds.clear();
    events.begin(2);
    events.hear(R"({"formatVersion":1,"event":"started","time":"2026-01-01T00:00:00.000Z","pid":1,"vcpus":1})"
                "\n",
                now);
    live(1);
    events.hear("{\"formatVersion\":1,\"event\":\"stopped\"}\n", now);
    CHECK(kinds == "ss");
  }

  TEST_CASE("a process that a signal ended has a last event with its name") {
    const Ending ending = ending_of([] { raise(SIGSYS); });
    CHECK(ending.signal == SIGSYS);
    CHECK(exit_code_of(ending) == 128 + SIGSYS);
    const Json event = Json::parse(stopped_line(ending));
    CHECK(event["reason"] == "killed");
    CHECK(event["signal"] == "SIGSYS");
    CHECK(event["exitCode"] == 128 + SIGSYS);
    CHECK(std::string(event["message"]).starts_with("the sandbox stopped a system call"));
  }

  TEST_CASE("a process that ended by itself and said nothing is a failure of the host") {
    const Ending ending = ending_of([] { _exit(7); });
    CHECK(exit_code_of(ending) == 7);
    const Json event = Json::parse(stopped_line(ending));
    CHECK(event["reason"] == "host-error");
    CHECK(event["exitCode"] == 22);
  }

  TEST_CASE("the command line: the keeper's own and the machine's, with the descriptors that it names") {
    const auto parsed = parse({"--event-log", "2", "--restart", "on-failure", "--ready-tcp", "80=127.0.0.1", "--",
                               "--plan", "0", "--kvm", "1", "--file", "a=b=2", "--on-reset", "restart"});
    REQUIRE(parsed.ok());
    CHECK(parsed.value().restart == RestartPolicy::on_failure);
    CHECK(parsed.value().readiness.port == 80);
    CHECK(parsed.value().user == 65534);
    CHECK(parse({"--event-log", "2", "--user", "1879048192", "--", "--plan", "0"}).value().user == 1879048192);
    CHECK(parsed.value().readiness.address == "127.0.0.1");
    CHECK(parsed.value().machine_descriptors == std::vector<int>{0, 1, 2});
    CHECK(parsed.value().plan == 0);
  }

  TEST_CASE("a helper's words may look like options") {
    const auto parsed =
        parse({"--helper", "6", "share-src", "virtiofsd", "2", "unshare", "--", "--event-log", "--event-log", "2",
               "--helper", "4", "net-lan", "passt", "-", "/bin/passt", "--", "--plan", "0"});
    REQUIRE(parsed.ok());
    const auto& helpers = parsed.value().helpers;
    REQUIRE(helpers.size() == 2);
    CHECK(helpers[0].name == "share-src");
    CHECK(helpers[0].log == 2);
    CHECK(helpers[0].program == "unshare");
    CHECK(helpers[0].arguments == std::vector<std::string>{"--", "--event-log"});
    CHECK(helpers[1].kind == HelperCommand::Kind::passt);
    CHECK(helpers[1].log == -1);
    CHECK(parsed.value().plan == 0);
  }

  TEST_CASE("a command line with a mistake says which") {
    const std::vector<std::pair<std::vector<const char*>, std::string>> mistakes{
        {{"--", "--plan", "0"}, "--event-log is missing"},
        {{"--event-log", "2"}, "the machine's --plan is missing"},
        {{"--event-log", "999"}, "descriptor 999 is not open"},
        {{"--event-log"}, "--event-log lacks its value"},
        {{"--event-log", "2", "--restart", "often"}, "never, on-failure or always, not often"},
        {{"--event-log", "2", "--ready-tcp", "80"}, "--ready-tcp takes a port"},
        {{"--event-log", "2", "--ready-tcp", "65536=::1"}, "from 1 to 65535"},
        {{"--event-log", "2", "--ready-console", "a", "--ready-console", "b"}, "ready by one sign"},
        {{"--event-log", "2", "--console", "1", "--console-listener", "0"}, "--console is the machine's own"},
        {{"--event-log", "2", "--log-directory", "0", "--console", "1"}, "--console is the machine's own"},
        {{"--helper"}, "--helper lacks its value"},
        {{"--helper", "5", "net-lan", "passt", "-", "/bin/passt"}, "--helper lacks some of its 5 words"},
        {{"--helper", "3", "net-lan", "passt", "-"}, "a name, a kind, a log and a program"},
        {{"--helper", "4", "net-lan", "slirp", "-", "/x"}, "passt, virtiofsd, broker or device, not slirp"},
        {{"--helper", "4", "net-lan", "passt", "999", "/x"}, "descriptor 999 is not open"},
        {{"--event-log", "2", "--user", "0"}, "--user takes the id of a user but root"},
        {{"--event-log", "2", "--user", "4294967295"}, "--user takes the id of a user but root"},
        {{"--colour", "red"}, "unknown argument --colour"},
    };
    for (const auto& [arguments, message] : mistakes) {
      const auto parsed = parse(arguments);
      REQUIRE_FALSE(parsed.ok());
      CHECK(parsed.error().message.find(message) != std::string::npos);
    }
  }
}
