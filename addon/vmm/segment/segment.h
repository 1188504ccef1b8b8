// The holder of a private network, a process of its own: a bridge in a network namespace that no other process is in.
// It hands out taps on it, and ends some seconds after the last of them is gone.
#pragma once

#include <span>

#include "base/result.h"
#include "vmm/segment/subnet.h"

namespace volt {

struct SegmentArguments {
  /// A Unix stream socket that listens.
  int socket = -1;
  /// Of that socket's file.
  std::string path;
  /// The domain that the machines' names are in.
  std::string name;
  Subnet subnet;
  /// Path of dnsmasq.
  std::string dnsmasq;
};

/// How it is called, for the message about a mistake.
constexpr std::string_view segment_usage =
    "usage: volt-vmm segment --socket FD --path PATH --name NAME --subnet ADDRESS/BITS --dnsmasq PROGRAM";

/// `arguments` without the program's name and `segment`. The error says which argument is wrong.
[[nodiscard]] Result<SegmentArguments> parse_segment_arguments(std::span<const char* const> arguments);

/// The whole of `volt-vmm segment`: its exit code. Standard output gets one line when it is ready, or why it cannot be
/// (request.h), and is closed; standard error is a log. At the end the socket is removed.
[[nodiscard]] int run_segment(std::span<const char* const> arguments);

} // namespace volt
