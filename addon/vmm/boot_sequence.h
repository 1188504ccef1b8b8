// The machines of one process: the first, and those that follow when the guest resets itself.
#pragma once

#include "base/restart_guard.h"
#include "base/signal_watch.h"
#include "engine/machine.h"
#include "vmm/arguments.h"
#include "vmm/console_input.h"
#include "vmm/control_desk.h"
#include "vmm/control_server.h"
#include "vmm/dropped_reporter.h"

namespace volt {

/// Used by one thread. Never destroyed: threads that serve descriptors may use its console until the process ends.
class BootSequence {
public:
  /// What each boot starts from; its files are read anew each time.
  struct Blueprint {
    Plan plan;
    PlanDescriptors files;
  };

  /// All but the blueprint must outlive it.
  BootSequence(const Arguments& arguments, Blueprint blueprint, SignalWatch& signals, EventLog& events)
      : arguments_(arguments), blueprint_(std::move(blueprint)), signals_(signals), events_(events) {}

  /// Makes the first machine. Fails with ECANCELED when the end is asked for meanwhile.
  [[nodiscard]] Result<void> prepare();
  /// After prepare(): runs the machine and those that follow it; how the last one ended. Fails where the first does not
  /// start: one that cannot follow is a stop with reason `host-error`.
  [[nodiscard]] Result<StopReport> run();
  /// After run(): waits for the console's reader.
  void finish(FlushBudget& budget);

private:
  [[nodiscard]] Result<void> settle();
  [[nodiscard]] Result<StopReport> boot();
  [[nodiscard]] StopReport boot_again();
  [[nodiscard]] Result<StopReport> prepare_and_boot();
  void wait_for_end();
  void pause(std::chrono::milliseconds delay);
  void serve_signals();
  void write_notices();

  const Arguments& arguments_;
  const Blueprint blueprint_;
  SignalWatch& signals_;
  EventLog& events_;
  Console console_;
  virtio::RingShelf rings_;
  ConsoleInput input_{console_};
  OutputPump output_;
  ControlDesk desk_;
  ControlServer control_{[this](std::string_view line) { return desk_.answer(line); }};
  DroppedReporter dropped_{console_, events_};
  RestartGuard guard_;
  std::unique_ptr<Machine> machine_;
  std::chrono::steady_clock::time_point begin_;
};

} // namespace volt
