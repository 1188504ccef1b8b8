// read-filters PID: reads the seccomp filters of each of its threads back (ptrace, as root), and says a line a thread
// which of Volt's programs they are, byte for byte, oldest first, with the process's id at its place: "vcpu0: main
// vcpu".
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <vector>

#include "sandbox/seccomp_programs.h"

using namespace volt;

namespace {

/// As it knows itself: in its own PID namespace.
pid_t own_id_of(const std::string& pid) {
  std::ifstream status("/proc/" + pid + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("NSpid:")) return std::atoi(line.substr(line.find_last_of('\t') + 1).c_str());
  }
  return -1;
}

std::string name_of(const std::vector<sock_filter>& filter, pid_t own_id) {
  constexpr std::array names{"main", "device", "vcpu", "settled", "settled-wide"};
  for (const SeccompKind kind : seccomp_kinds) {
    const auto table = seccomp_program(kind);
    std::vector<sock_filter> program(table.begin(), table.end());
    complete_seccomp_program(program, own_id);
    if (program.size() == filter.size() &&
        std::memcmp(program.data(), filter.data(), program.size() * sizeof(sock_filter)) == 0)
      return names.at(static_cast<std::size_t>(kind));
  }
  return "unknown";
}

std::string filters_of(pid_t thread, pid_t own_id) {
  std::string names;
  for (unsigned long index = 0;; ++index) {
    const long count = ptrace(PTRACE_SECCOMP_GET_FILTER, thread, index, nullptr);
    if (count < 0) return names.empty() ? " none" : names;
    std::vector<sock_filter> filter(static_cast<std::size_t>(count));
    if (ptrace(PTRACE_SECCOMP_GET_FILTER, thread, index, filter.data()) != count) return " unreadable";
    names += " " + name_of(filter, own_id);
  }
}

} // namespace

int main(int argument_count, char** arguments) {
  if (argument_count != 2) return EXIT_FAILURE;
  const pid_t own_id = own_id_of(arguments[1]);
  const std::string tasks = "/proc/" + std::string(arguments[1]) + "/task";
  for (const auto& entry : std::filesystem::directory_iterator(tasks)) {
    const pid_t thread = std::atoi(entry.path().filename().c_str());
    std::string name;
    std::getline(std::ifstream(entry.path() / "comm"), name);
    if (ptrace(PTRACE_SEIZE, thread, nullptr, nullptr) != 0 ||
        ptrace(PTRACE_INTERRUPT, thread, nullptr, nullptr) != 0 || waitpid(thread, nullptr, __WALL) != thread)
      return EXIT_FAILURE;
    std::printf("%s:%s\n", name.c_str(), filters_of(thread, own_id).c_str());
    ptrace(PTRACE_DETACH, thread, nullptr, nullptr);
  }
  return EXIT_SUCCESS;
}
