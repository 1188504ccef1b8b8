// Tries a port of the guest until a program listens there.
#pragma once

#include <functional>
#include <map>

#include "keeper/arguments.h"
#include "keeper/loop.h"

namespace volt {

/// By a vsock's socket of the host (docs/vsock.md): the device says at once whether the guest listens. By a port that
/// is forwarded: passt accepts whatever the guest does, and resets what it cannot carry on. So a connection is good
/// that brings a byte or an orderly end, as our own end of input makes most servers do, or that outlives passt's
/// patience.
class PortProbe {
public:
  static constexpr std::chrono::milliseconds interval{500};
  /// Of a TCP connection that nobody says anything about: longer than passt's SYN_TIMEOUT of 10 s.
  static constexpr std::chrono::milliseconds patience{11'000};
  static constexpr std::size_t maximum_attempts = 32;

  /// `found` is called once after each begin(). All must outlive it.
  PortProbe(Loop& loop, const ReadinessArguments& arguments, std::function<void()> found)
      : loop_(loop), arguments_(arguments), found_(std::move(found)) {}

  void begin();
  void end();

private:
  struct Attempt {
    FileDescriptor socket;
    Loop::Clock::time_point begin;
    bool is_connected = false;
  };

  void try_again();
  [[nodiscard]] Result<FileDescriptor> connect() const;
  void serve(int descriptor);
  /// Whether the guest serves, or that this attempt is over; nothing where that is open.
  [[nodiscard]] std::optional<bool> listen(Attempt& attempt) const;
  void succeed();

  Loop& loop_;
  const ReadinessArguments& arguments_;
  const std::function<void()> found_;
  std::map<int, Attempt> attempts_; // by descriptor
  Loop::Timer timer_ = 0;
};

} // namespace volt
