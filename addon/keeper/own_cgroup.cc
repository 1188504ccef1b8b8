// rmdir, by the name that the kernel knows.
#include "keeper/own_cgroup.h"

#include <array>
#include <cerrno>
#include <climits>
#include <string>
#include <unistd.h>

namespace volt {

namespace {

constexpr unsigned tries = 100;
constexpr useconds_t pause_us = 10'000;

} // namespace

OwnCgroup::~OwnCgroup() {
  if (directory_ < 0) return;
  std::array<char, PATH_MAX> path;
  const std::string link = "/proc/self/fd/" + std::to_string(directory_);
  const ssize_t length = readlink(link.c_str(), path.data(), path.size() - 1);
  if (length <= 0) return;
  path[static_cast<std::size_t>(length)] = '\0';
  // A process may be reaped before its cgroup is rid of it.
  for (unsigned turn = 0; rmdir(path.data()) != 0 && errno == EBUSY && turn < tries; ++turn)
    usleep(pause_us);
}

} // namespace volt
