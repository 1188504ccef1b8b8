// A process a client: what one of them does to it does nothing to the others.
#include "agent/listener.h"

#include <cerrno>
#include <csignal>
#include <linux/vm_sockets.h>
#include <poll.h>
#include <set>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/session.h"
#include "base/unix_socket.h"

namespace volt::agent {

namespace {

constexpr int backlog = 16;
constexpr unsigned maximum_clients = 64;

Result<FileDescriptor> listen_at(int family, const sockaddr* address, socklen_t size, const std::string& where) {
  FileDescriptor listener(socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!listener.valid()) return host_error(errno, "create a socket for " + where);
  if (bind(listener.get(), address, size) != 0 || listen(listener.get(), backlog) != 0)
    return host_error(errno, "listen on " + where);
  return listener;
}

/// A guest's own programs may reach its vsock ports too (vsock_loopback), and they are not to become the agent's user.
bool is_allowed(int client) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  // SAFETY: the sockets interface takes every kind of address as a sockaddr.
  if (getpeername(client, reinterpret_cast<sockaddr*>(&address), &size) != 0) return false;
  if (address.ss_family != AF_VSOCK) return true;
  return reinterpret_cast<const sockaddr_vm*>(&address)->svm_cid == VMADDR_CID_HOST;
}

/// Of the new process, which never returns.
[[noreturn]] void serve_in_child(FileDescriptor client, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() == parent) serve_client(std::move(client));
  _exit(0);
}

class Server {
public:
  Server(int listener, int signals) : listener_(listener), signals_(signals) {}

  void accept_client() {
    FileDescriptor client(accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC));
    if (!client.valid() || clients_.size() >= maximum_clients || !is_allowed(client.get())) return;
    const pid_t parent = getpid();
    const pid_t child = fork();
    if (child == 0) serve_in_child(std::move(client), parent);
    if (child > 0) clients_.insert(child);
  }

  void reap() {
    signalfd_siginfo information{};
    while (read(signals_, &information, sizeof information) == sizeof information) {
    }
    // Where the agent is PID 1, or an init became it, others' children are its own, too.
    for (pid_t ended = 0; (ended = waitpid(-1, nullptr, WNOHANG)) > 0;)
      clients_.erase(ended);
  }

private:
  int listener_;
  int signals_;
  std::set<pid_t> clients_;
};

} // namespace

Result<FileDescriptor> listen_vsock(unsigned port) {
  sockaddr_vm address{};
  address.svm_family = AF_VSOCK;
  address.svm_port = port;
  address.svm_cid = VMADDR_CID_ANY;
  // SAFETY: as above.
  return listen_at(AF_VSOCK, reinterpret_cast<const sockaddr*>(&address), sizeof address,
                   "vsock port " + std::to_string(port));
}

Result<FileDescriptor> listen_unix(const std::string& path) {
  if (path.empty() || path.size() >= sizeof(sockaddr_un::sun_path))
    return Error{.message = "the socket's path is empty or too long"};
  const sockaddr_un address = unix_address(path);
  // SAFETY: as above.
  return listen_at(AF_UNIX, reinterpret_cast<const sockaddr*>(&address), sizeof address, path);
}

Result<void> serve_listener(const FileDescriptor& listener) {
  sigset_t watched;
  sigemptyset(&watched);
  sigaddset(&watched, SIGCHLD);
  sigprocmask(SIG_BLOCK, &watched, nullptr);
  const FileDescriptor signals(signalfd(-1, &watched, SFD_NONBLOCK | SFD_CLOEXEC));
  if (!signals.valid()) return host_error(errno, "watch for the ends of clients");
  Server server(listener.get(), signals.get());
  while (true) {
    pollfd polled[] = {{listener.get(), POLLIN, 0}, {signals.get(), POLLIN, 0}};
    if (poll(polled, 2, -1) < 0 && errno != EINTR) return host_error(errno, "wait for clients");
    if (polled[1].revents != 0) server.reap();
    if ((polled[0].revents & (POLLERR | POLLHUP | POLLNVAL)) != 0) return Error{.message = "the listener has ended"};
    if (polled[0].revents != 0) server.accept_client();
  }
}

} // namespace volt::agent
