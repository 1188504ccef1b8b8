// Where the events of a machine go: to the log, and until its guest has started to whoever started it.
#pragma once

#include <string_view>

#include "base/file_descriptor.h"
#include "base/signal_watch.h"

namespace volt {

/// Nobody else writes to the log: a machine has no descriptor of it.
class EventOutlet {
public:
  /// `log` stays the caller's, `starter` does not; -1 for no starter.
  EventOutlet(int log, int starter) : log_(log), starter_(starter) {}

  /// Whoever starts a keeper writes down first that there is one, and says so by a byte. One that was killed before
  /// does not, and nothing would run that nobody knows of. False then, and where the end is asked for.
  [[nodiscard]] bool is_agreed(SignalWatch& signals) const;
  [[nodiscard]] bool has_starter() const { return starter_.valid(); }

  /// A whole line, in one write. To the log alone.
  void write(std::string_view line) const;
  /// To both.
  void tell(std::string_view line);
  /// The guest has started.
  void dismiss_starter() { starter_ = FileDescriptor(); }

private:
  const int log_;
  FileDescriptor starter_;
};

} // namespace volt
