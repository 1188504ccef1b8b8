// The signals by which a process that runs a machine is told what to do.
#pragma once

#include <utility>

#include "base/file_descriptor.h"

namespace volt {

/// Used by one thread.
class SignalWatch {
public:
  /// Blocks the signals for the calling thread and all that it starts later; others that would end the process and mean
  /// nothing here are ignored.
  [[nodiscard]] static Result<SignalWatch> create();

  /// Readable while a signal has come that neither function below has seen.
  [[nodiscard]] int descriptor() const { return descriptor_.get(); }
  /// Whether SIGTERM, SIGINT, SIGHUP or SIGQUIT has come at any time: end the machine. Never waits.
  [[nodiscard]] bool end_requested();
  /// Whether SIGPWR has come since the last call: press the power button. Never waits.
  [[nodiscard]] bool take_power_press();

private:
  explicit SignalWatch(FileDescriptor descriptor) : descriptor_(std::move(descriptor)) {}
  void read_pending();

  FileDescriptor descriptor_;
  bool end_requested_ = false;
  bool power_pressed_ = false;
};

} // namespace volt
