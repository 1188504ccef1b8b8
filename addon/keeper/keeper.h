// The machine's life as its parent sees it: launch, console, signals, end, and the next launch.
#pragma once

#include <memory>

#include "base/restart_guard.h"
#include "base/signal_watch.h"
#include "keeper/console_hub.h"
#include "keeper/console_log.h"
#include "keeper/ending.h"
#include "keeper/machine_process.h"
#include "keeper/machine_words.h"
#include "keeper/readiness.h"

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
  [[nodiscard]] bool is_agreed();
  [[nodiscard]] Result<void> launch();
  [[nodiscard]] Result<void> serve_console();
  void serve_signals();
  void end_machine();
  /// Whether there was something. Nothing of a console that is the machine's own.
  bool read_console();
  void read_events();
  void forward_to_starter(std::string_view bytes);
  void collect();
  void say_how_it_ended(const Ending& ending);
  [[nodiscard]] bool is_to_restart(const Ending& ending) const;
  void restart_later();
  void release();
  void report_readiness(bool is_ready);
  void count_lost(std::size_t bytes);
  void write_event(const std::string& line);

  const KeepArguments& arguments_;
  Loop loop_;
  SignalWatch signals_;
  FileDescriptor executable_;
  FileDescriptor starter_;
  std::unique_ptr<ConsoleLog> log_;
  ConsoleHub hub_{loop_};
  std::unique_ptr<Readiness> readiness_;
  MachineProcess machine_;
  MachineWords words_;
  RestartGuard guard_;
  Loop::Clock::time_point launched_{};
  std::size_t lost_bytes_ = 0;
  bool is_loss_due_ = false;
  unsigned seen_resets_ = 0;
  bool has_ever_started_ = false;
  /// Someone pressed the power button or asked for the end: nothing is launched any more.
  bool is_ending_ = false;
  bool runs_ = false;
  int exit_code_ = 0;
};

} // namespace volt
