// The machine's life as its parent sees it: launch, signals, end, and the next launch.
#pragma once

#include <memory>

#include "base/restart_guard.h"
#include "keeper/ending.h"
#include "keeper/helpers.h"
#include "keeper/machine_streams.h"

namespace volt {

/// Used by one thread, which must live as long as the machine: it is killed with it.
class Keeper {
public:
  /// How long a machine has that was asked to end; less than `volt stop` gives the keeper.
  static constexpr std::chrono::milliseconds end_patience{4000};

  /// `arguments` must outlive it.
  [[nodiscard]] static Result<std::unique_ptr<Keeper>> create(const KeepArguments& arguments);

  /// Until there is no next launch: the exit code. An error where the first launch or the host fails.
  [[nodiscard]] Result<int> run();

private:
  Keeper(const KeepArguments& arguments, Loop loop, SignalWatch signals, FileDescriptor executable);
  [[nodiscard]] Result<void> prepare();
  [[nodiscard]] Result<void> watch_starter();
  [[nodiscard]] Result<void> launch();
  [[nodiscard]] Result<void> launch_with(std::vector<FreshFile> fresh);
  int tell_failure(const Error& error);
  void serve_signals();
  void end_machine();
  void collect();
  void say_how_it_ended(const Ending& ending);
  [[nodiscard]] bool is_to_restart(const Ending& ending) const;
  void restart_later();
  void restart();
  void release();
  void finish();

  const KeepArguments& arguments_;
  Loop loop_;
  SignalWatch signals_;
  FileDescriptor executable_;
  EventOutlet outlet_;
  MachineStreams streams_{loop_, arguments_, outlet_};
  Helpers helpers_{loop_, arguments_.helpers, signals_};
  MachineProcess machine_;
  RestartGuard guard_;
  Loop::Clock::time_point launched_{};
  bool has_ever_started_ = false;
  /// Someone pressed the power button or asked for the end: nothing is launched any more.
  bool is_ending_ = false;
  bool runs_ = false;
  int exit_code_ = 0;
};

} // namespace volt
