// socketpair(2), and a Unix socket that has a name for a moment.
#include "keeper/helper_socket.h"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <sys/socket.h>
#include <unistd.h>

#include "base/unix_socket.h"

namespace volt {

namespace {

/// On their way from the helper to the machine. passt drops frames that find no room, and waits before it sends what
/// they carried again; the kernel's default is a fraction of a TCP window. A device drops none: its frames wait with
/// the guest.
constexpr int bytes_under_way = 4 << 20;

/// Beyond net.core.wmem_max where this process may; otherwise up to it.
void widen(int end) {
  if (setsockopt(end, SOL_SOCKET, SO_SNDBUFFORCE, &bytes_under_way, sizeof bytes_under_way) != 0)
    setsockopt(end, SOL_SOCKET, SO_SNDBUF, &bytes_under_way, sizeof bytes_under_way);
}

/// A directory of this user's alone, which goes with it.
class PrivateDirectory {
public:
  explicit PrivateDirectory(std::string path) : path_(std::move(path)) {}
  PrivateDirectory(const PrivateDirectory&) = delete;
  PrivateDirectory& operator=(const PrivateDirectory&) = delete;
  ~PrivateDirectory() {
    unlink(socket().c_str());
    rmdir(path_.c_str());
  }
  [[nodiscard]] std::string socket() const { return path_ + "/s"; }

private:
  const std::string path_;
};

} // namespace

Result<HelperSocket> socket_pair(int type) {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends.data()) != 0) return host_error(errno, "make a socket pair");
  HelperSocket pair{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
  if (type == SOCK_STREAM) widen(pair.helper.get());
  return pair;
}

Result<HelperSocket> listening_pair() {
  const char* const temporary = std::getenv("TMPDIR");
  std::string pattern = std::string(temporary == nullptr || *temporary == '\0' ? "/tmp" : temporary) + "/volt-XXXXXX";
  if (pattern.size() + 2 >= sizeof(sockaddr_un::sun_path)) pattern = "/tmp/volt-XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) return host_error(errno, "make the directory " + pattern);
  const PrivateDirectory directory(pattern);
  FileDescriptor listener(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!listener.valid()) return host_error(errno, "create a socket");
  const sockaddr_un address = unix_address(directory.socket());
  // SAFETY: the sockets interface takes every kind of address as a sockaddr.
  if (bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      listen(listener.get(), 1) != 0)
    return host_error(errno, "listen on " + directory.socket());
  FileDescriptor machine = TRY(connect_unix(directory.socket()));
  return HelperSocket{std::move(machine), std::move(listener)};
}

} // namespace volt
