// A statically linked program for launch_test.cc: says what it finds itself in, and stays until its input ends.
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

constexpr int looked_at = 4096; // descriptors

int open_descriptors() {
  int count = 0;
  for (int number = 0; number < looked_at; ++number)
    count += fcntl(number, F_GETFD) >= 0 ? 1 : 0;
  return count;
}

/// Behind `.` and `..`; -1 where there is no looking.
int entries_of_root() {
  DIR* const root = opendir("/");
  if (root == nullptr) return -1;
  int count = -2;
  while (readdir(root) != nullptr)
    ++count;
  closedir(root);
  return count;
}

int variables() {
  int count = 0;
  while (environ[count] != nullptr)
    ++count;
  return count;
}

bool blocks(int number) {
  sigset_t mask;
  sigprocmask(SIG_BLOCK, nullptr, &mask);
  return sigismember(&mask, number) == 1;
}

} // namespace

int main(int argument_count, char** arguments) {
  const int descriptors = open_descriptors();
  const int entries = entries_of_root();
  const int made = mkdir("/made", 0755) == 0 ? 0 : errno;
  std::printf("pid=%d uid=%u gid=%u groups=%d descriptors=%d variables=%d entries=%d mkdir=%d\n", getpid(), getuid(),
              getgid(), getgroups(0, nullptr), descriptors, variables(), entries, made);
  std::printf("term=%d usr1=%d pipe=%d\n", blocks(SIGTERM) ? 1 : 0, blocks(SIGUSR1) ? 1 : 0,
              std::signal(SIGPIPE, SIG_DFL) == SIG_DFL ? 1 : 0);
  for (int index = 0; index < argument_count; ++index)
    std::printf("argument=%s\n", arguments[index]);
  std::printf("end\n");
  std::fflush(stdout);
  char byte = 0;
  while (read(STDIN_FILENO, &byte, 1) > 0) {
  }
  return 0;
}
