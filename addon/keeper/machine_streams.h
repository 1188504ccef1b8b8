// What a machine's process writes: its console, its events and its standard error, each to where it is kept.
#pragma once

#include <chrono>
#include <memory>
#include <unistd.h>

#include "base/bounded_log.h"
#include "keeper/console_hub.h"
#include "keeper/console_log.h"
#include "keeper/event_outlet.h"
#include "keeper/machine_events.h"
#include "keeper/machine_process.h"
#include "keeper/readiness.h"

namespace volt {

/// Of one machine after another; stays where it is.
class MachineStreams {
public:
  /// All must outlive it.
  MachineStreams(Loop& loop, const KeepArguments& arguments, EventOutlet& outlet);

  /// Once, before the first machine.
  [[nodiscard]] Result<void> prepare();
  /// `machine` has just been launched, and stays until end().
  [[nodiscard]] Result<void> begin(const MachineProcess& machine);
  /// The machine has ended: what it left is read.
  void end();

  /// What the machine of the last begin() told of itself.
  [[nodiscard]] const MachineEvents& events() const { return events_; }
  /// The last line of its standard error; empty where it was silent.
  [[nodiscard]] std::string last_words() const;

private:
  [[nodiscard]] Result<void> serve_console();
  /// Whether there was something. Nothing of a console that is the machine's own.
  bool read_console();
  void read_events();
  void read_errors();
  template <typename Hear>
  void read_some(int descriptor, const Hear& hear);
  void report_readiness(bool is_ready);
  void count_lost(std::size_t bytes);
  void count_dropped(unsigned lines);
  void tell_losses();
  void tell_losses_later();

  Loop& loop_;
  const KeepArguments& arguments_;
  EventOutlet& outlet_;
  std::unique_ptr<ConsoleLog> log_;
  ConsoleHub hub_{loop_};
  std::unique_ptr<Readiness> readiness_;
  MachineEvents events_;
  BoundedLog error_log_{STDERR_FILENO};
  /// Its end, as long as a line is shown.
  std::string errors_;
  const MachineProcess* machine_ = nullptr;
  unsigned seen_resets_ = 0;
  bool has_started_ = false;
  std::size_t lost_bytes_ = 0;
  unsigned dropped_lines_ = 0;
  Loop::Timer losses_due_ = 0;
  std::chrono::milliseconds between_losses_{1000};
};

} // namespace volt
