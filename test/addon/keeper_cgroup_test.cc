// A machine's cgroup on the real kernel: a process begins in it, and it goes with its keeper.
#include <csignal>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "keeper/own_cgroup.h"
#include "sandbox/launch.h"
#include "support/pipe.h"

namespace volt::test {

namespace {

/// Where cgroup v2 is mounted, alone or beside version 1.
std::string cgroup_root() {
  for (const char* path : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
    if (std::filesystem::exists(std::string(path) + "/cgroup.controllers")) return path;
  }
  return "";
}

struct OwnDirectory {
  OwnDirectory() {
    const std::string root = cgroup_root();
    if (root.empty()) return;
    path = root + "/volt-test-" + std::to_string(getpid());
    if (mkdir(path.c_str(), 0755) == 0) directory = FileDescriptor(open(path.c_str(), O_RDONLY | O_DIRECTORY));
  }
  OwnDirectory(const OwnDirectory&) = delete;
  OwnDirectory& operator=(const OwnDirectory&) = delete;
  ~OwnDirectory() { rmdir(path.c_str()); }
  /// Skipped aloud otherwise.
  [[nodiscard]] bool is_there() const {
    if (!directory.valid()) MESSAGE("skipped: this process can make no cgroup");
    return directory.valid();
  }

  std::string path;
  FileDescriptor directory;
};

std::string processes_in(const std::string& cgroup) {
  std::ifstream file(cgroup + "/cgroup.procs");
  std::string text;
  std::getline(file, text, '\0');
  return text;
}

} // namespace

TEST_SUITE("keeper/own_cgroup") {
  TEST_CASE("a process that is launched into a cgroup is there from its beginning, and the cgroup goes after it") {
    const OwnDirectory own;
    if (!own.is_there()) return;
    Pipe input;
    Pipe output;
    const FileDescriptor executable(open(JAIL_PROBE, O_RDONLY | O_CLOEXEC));
    const auto launched = launch({.executable = executable.get(),
                                  .arguments = {"probe"},
                                  .descriptors = {{input.reader.get(), 0}, {output.writer.get(), 1}},
                                  .cgroup = own.directory.get()});
    REQUIRE_MESSAGE(launched.ok(), launched.error().message);
    CHECK(processes_in(own.path) == std::to_string(launched.value().pid) + "\n");
    { const OwnCgroup none(-1); }
    input.writer = FileDescriptor();
    output.reader = FileDescriptor();
    REQUIRE(waitpid(launched.value().pid, nullptr, 0) == launched.value().pid);
    { const OwnCgroup taken(own.directory.get()); }
    CHECK(!std::filesystem::exists(own.path));
  }

  TEST_CASE("a process that cannot begin in a cgroup does not begin at all") {
    const FileDescriptor executable(open(JAIL_PROBE, O_RDONLY | O_CLOEXEC));
    const FileDescriptor no_cgroup(open("/", O_RDONLY | O_DIRECTORY));
    const auto launched = launch({.executable = executable.get(), .arguments = {"probe"}, .cgroup = no_cgroup.get()});
    REQUIRE(!launched.ok());
    CHECK(launched.error().host_errno == EBADF);
  }
}

} // namespace volt::test
