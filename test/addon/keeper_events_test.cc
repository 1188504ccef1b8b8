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
#include "keeper/event_line.h"
#include "keeper/machine_words.h"

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
    MachineWords words;
    for (const char byte : std::string(R"({"formatVersion":1,"event":"started","time":"x"})") + "\n")
      words.hear(std::string_view(&byte, 1));
    CHECK(words.has_started());
    CHECK_FALSE(words.has_stopped());
    words.hear(std::string(MachineWords::maximum_line_bytes * 2, 'x') + R"({"formatVersion":1,"event":"stopped")" +
               "\n");
    words.hear(R"({"message":"{\"formatVersion\":1,\"event\":\"stopped\""})"
               "\n");
    CHECK_FALSE(words.has_stopped());
    words.hear("{\"formatVersion\":1,\"event\":\"reset\"}\n{\"formatVersion\":1,\"event\":\"stopped\"}\n");
    CHECK(words.resets() == 1);
    CHECK(words.has_stopped());
    words.begin();
    CHECK_FALSE(words.has_started());
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
    CHECK(parsed.value().readiness.address == "127.0.0.1");
    CHECK(parsed.value().machine_descriptors == std::vector<int>{0, 1, 2});
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
        {{"--colour", "red"}, "unknown argument --colour"},
    };
    for (const auto& [arguments, message] : mistakes) {
      const auto parsed = parse(arguments);
      REQUIRE_FALSE(parsed.ok());
      CHECK(parsed.error().message.find(message) != std::string::npos);
    }
  }
}
