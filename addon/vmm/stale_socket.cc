// connect(2) tells whether somebody listens.
#include "vmm/stale_socket.h"

#include <cassert>
#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

#include "base/unix_socket.h"

namespace volt {

namespace {

constexpr std::chrono::milliseconds between_looks{20};

bool is_socket(const std::string& path) {
  struct stat status {};
  return lstat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode);
}

bool is_refused(const std::string& path) {
  const auto stream = connect_unix(path, SOCK_NONBLOCK);
  return !stream.ok() && stream.error().host_errno == ECONNREFUSED;
}

/// Whether there is nothing left to wait for.
bool look(const std::string& path, const FileDescriptor& directory) {
  if (flock(directory.get(), LOCK_EX | LOCK_NB) != 0) return false;
  const bool stays = is_socket(path) && !is_refused(path);
  if (!stays && is_socket(path)) unlink(path.c_str());
  flock(directory.get(), LOCK_UN);
  return !stays;
}

} // namespace

void remove_stale_socket(const std::string& path, std::chrono::milliseconds patience) {
  assert(path.size() < sizeof(sockaddr_un::sun_path));
  const std::size_t slash = path.rfind('/');
  const std::string parent = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const FileDescriptor directory(open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid()) return; // gone, with all that was in it
  const auto end = std::chrono::steady_clock::now() + patience;
  while (!look(path, directory) && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(between_looks);
}

} // namespace volt
