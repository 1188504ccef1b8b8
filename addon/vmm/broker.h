// The broker of a vsock device, a process of its own: opens the sockets that a guest asks for, because the engine opens
// nothing by path.
#pragma once

#include <span>
#include <string>

#include "base/result.h"

namespace volt {

struct BrokerArguments {
  /// A Unix socket of type SOCK_SEQPACKET, which speaks connector_protocol.h.
  int socket = -1;
  /// Port N of the host is the Unix stream socket `<path>_N`; `path` itself is the one that the device listens on.
  std::string path;
  /// Whether the directory of `path` goes with it, where nothing else is left in it.
  bool owns_directory = false;
};

/// How it is called, for the message about a mistake.
constexpr std::string_view broker_usage = "usage: volt-vmm broker --socket FD --path PREFIX [--directory own|shared]";

/// `arguments` without the program's name and `broker`. The error says which argument is wrong.
[[nodiscard]] Result<BrokerArguments> parse_broker_arguments(std::span<const char* const> arguments);

/// Answers requests until the socket's other end is closed or `stop` is readable, where there is one; the error where
/// the socket fails or brings something else. A connection that cannot be made is an answer with its errno.
[[nodiscard]] Result<void> serve_connections(const BrokerArguments& arguments, int stop = -1);

/// The whole of `volt-vmm broker`: its exit code. A signal that ends a machine ends it too. At the end nobody listens
/// at `path` any more, and it is removed, with its directory where that is its own.
[[nodiscard]] int run_broker(std::span<const char* const> arguments);

} // namespace volt
