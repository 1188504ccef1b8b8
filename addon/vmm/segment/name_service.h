// dnsmasq as a child: answers the machines of a segment by DHCP and DNS, and is killed when this process ends.
#pragma once

#include <chrono>
#include <optional>
#include <sys/types.h>
#include <unistd.h>

#include "base/bounded_log.h"
#include "base/file_descriptor.h"
#include "vmm/segment/network_namespace.h"
#include "vmm/segment/subnet.h"

namespace volt {

class NameService {
public:
  using Clock = std::chrono::steady_clock;

  /// `program` is dnsmasq's path.
  NameService(std::string program, const Subnet& subnet, NamespaceOwner owner)
      : program_(std::move(program)), subnet_(subnet), owner_(owner) {}
  NameService(const NameService&) = delete;
  NameService& operator=(const NameService&) = delete;
  ~NameService() { end(); }

  /// Returns when it answers by this configuration; starts it anew where it had another. The error has what it said.
  [[nodiscard]] Result<void> use(const std::string& configuration);

  /// Readable when it has ended by itself; -1 where none runs.
  [[nodiscard]] int process() const { return process_.get(); }
  /// It has ended by itself, and is started again at restart_time().
  void take_end();
  [[nodiscard]] std::optional<Clock::time_point> restart_time() const { return restart_time_; }
  void restart();
  /// As use(), for machines that are there already: where it does not start, it is tried again at restart_time().
  void keep(const std::string& configuration);

  /// Readable when it says something; -1 where none runs.
  [[nodiscard]] int log() const { return log_.get(); }
  /// Hands on to standard error a part of what it said.
  void relay_log();

private:
  [[nodiscard]] Result<void> start(const std::string& configuration);
  [[nodiscard]] Result<void> wait_until_it_answers();
  [[noreturn]] void execute(int configuration, int log, pid_t parent) const;
  void end();

  const std::string program_;
  const Subnet subnet_;
  const NamespaceOwner owner_;
  /// The last that was asked for.
  std::string configuration_;
  pid_t pid_ = -1;
  FileDescriptor process_;
  FileDescriptor log_;
  /// The beginning of what it said since it was started.
  std::string said_;
  BoundedLog all_said_{STDERR_FILENO};
  /// A budget of its own: guests can make dnsmasq use up the other.
  BoundedLog own_words_{STDERR_FILENO};
  std::optional<Clock::time_point> restart_time_;
};

} // namespace volt
