// measure TIMES [--open N=PATH]… [--events N] -- PROGRAM ARGUMENT…: runs a program so often, one after the other, and prints a
// line of JSON a run: microseconds from its execve to each event that it reports on descriptor N and to its end, CPU time and
// peak resident size of it and its children, and CPU time at the event `stopped`, when the kernel begins to undo the machine. PATHs are opened anew for each run; standard output and error go nowhere.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <utility>
#include <vector>

namespace {

struct Job {
  int times = 1;
  int events = -1;
  std::vector<std::pair<int, std::string>> opened;
  std::vector<char*> command;  // null at its end
};

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "measure: %s: %s\n", what.c_str(), std::strerror(errno));
  std::exit(1);
}

long long microseconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000LL + now.tv_nsec / 1000;
}

long long microseconds(const timeval& time) { return time.tv_sec * 1'000'000LL + time.tv_usec; }

/** In the child, which never returns. */
[[noreturn]] void execute(const Job& job, int events, long long* began) {
  const int nowhere = open("/dev/null", O_RDWR);
  for (const int fd : {0, 1, 2}) dup2(nowhere, fd);
  // Out of the way of the numbers that the program wants.
  const int end = fcntl(events, F_DUPFD_CLOEXEC, 200);
  for (const auto& [fd, path] : job.opened) {
    const int opened = open(path.c_str(), path.starts_with("/dev/") ? O_RDWR : O_RDONLY);
    if (opened != fd && dup2(opened, fd) == fd) close(opened);
  }
  if (job.events >= 0) dup2(end, job.events);
  *began = microseconds();
  execvp(job.command[0], job.command.data());
  _exit(127);
}

/** Of one process, without those that it waited for; 0 where there is none. */
long long cpu_time_of(pid_t pid) {
  clockid_t clock{};
  timespec used{};
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) != 0) return 0;
  return used.tv_sec * 1'000'000LL + used.tv_nsec / 1000;
}

/** 0 where it has none. */
pid_t first_child_of(pid_t pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/task/" + std::to_string(pid) + "/children";
  std::FILE* const file = std::fopen(path.c_str(), "r");
  int child = 0;
  if (file != nullptr && std::fscanf(file, "%d", &child) != 1) child = 0;
  if (file != nullptr) std::fclose(file);
  return child;
}

/** `"NAME":MICROSECONDS` of each event, by the end of its line. */
std::string read_events(int fd, pid_t program, long long began_by, const long long* began) {
  pid_t machine = 0;
  std::string line;
  std::string told;
  std::array<char, 4096> buffer{};
  for (ssize_t got = 0; (got = read(fd, buffer.data(), buffer.size())) > 0 || (got < 0 && errno == EINTR);) {
    const long long now = microseconds();
    for (ssize_t index = 0; index < got; index++) {
      const char byte = buffer[static_cast<std::size_t>(index)];
      if (byte != '\n') {
        line += byte;
        continue;
      }
      const std::size_t name = line.find("\"event\":\"");
      const std::string rest = name == std::string::npos ? "" : line.substr(name + 9);
      const std::string event = rest.substr(0, rest.find('"'));
      told += ",\"" + event + "\":" + std::to_string(now - (*began ? *began : began_by));
      if (machine == 0) machine = first_child_of(program);
      if (event == "stopped") told += ",\"cpuAtStop\":" + std::to_string(cpu_time_of(program) + cpu_time_of(machine));
      line.clear();
    }
  }
  return told;
}

void run_once(const Job& job, long long* began) {
  std::array<int, 2> events{};
  if (pipe2(events.data(), O_CLOEXEC) != 0) fail("pipe");
  *began = 0;
  const long long before = microseconds();
  const pid_t child = fork();
  if (child < 0) fail("fork");
  if (child == 0) execute(job, events[1], began);
  close(events[1]);
  const std::string told = read_events(events[0], child, before, began);
  close(events[0]);
  int status = 0;
  rusage used{};
  if (wait4(child, &status, 0, &used) != child) fail("wait4");
  const long long ended = microseconds() - *began;
  std::printf("{\"ended\":%lld,\"cpu\":%lld,\"maxRssKiB\":%ld,\"faults\":%ld,\"status\":%d%s}\n", ended,
              microseconds(used.ru_utime) + microseconds(used.ru_stime), used.ru_maxrss, used.ru_minflt,
              WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), told.c_str());
}

Job parse(int count, char** words) {
  Job job;
  if (count < 4) fail("usage: measure TIMES [--open N=PATH]… [--events N] -- PROGRAM ARGUMENT…");
  job.times = std::atoi(words[1]);
  int index = 2;
  for (; index + 1 < count && std::strcmp(words[index], "--") != 0; index += 2) {
    const std::string value = words[index + 1];
    if (std::strcmp(words[index], "--events") == 0) {
      job.events = std::stoi(value);
    } else {
      job.opened.emplace_back(std::stoi(value), value.substr(value.find('=') + 1));
    }
  }
  job.command.assign(words + index + 1, words + count);
  job.command.push_back(nullptr);
  return job;
}

}  // namespace

int main(int count, char** words) {
  const Job job = parse(count, words);
  void* const shared = mmap(nullptr, sizeof(long long), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) fail("mmap");
  for (int run = 0; run < job.times; run++) run_once(job, static_cast<long long*>(shared));
  return 0;
}
