// The signals by which a process that runs a machine is told what to do.
#pragma once

#include <optional>

#include "base/file_descriptor.h"

namespace volt {

enum class SignalRequest {
  /// SIGTERM or SIGINT: end the machine.
  end,
  /// SIGPWR: press its power button.
  power_button,
};

class SignalWatch {
public:
  /// Blocks the signals for the calling thread and all that it starts later.
  [[nodiscard]] static Result<SignalWatch> create();

  /// Readable while next() has something to give.
  [[nodiscard]] int descriptor() const { return descriptor_.get(); }
  /// The next request that has come; never waits.
  [[nodiscard]] std::optional<SignalRequest> next() const;

private:
  explicit SignalWatch(FileDescriptor descriptor) : descriptor_(std::move(descriptor)) {}

  FileDescriptor descriptor_;
};

} // namespace volt
