// The helpers of a machine: all start before it does, and none outlives it.
#pragma once

#include <memory>

#include "keeper/helper_start.h"
#include "keeper/loop.h"
#include "keeper/machine_process.h"

namespace volt {

/// Used by the only thread of its process, whose children are helpers and one machine.
class Helpers {
public:
  /// All must outlive it.
  Helpers(Loop& loop, std::span<const HelperCommand> commands, SignalWatch& signals);

  /// In their order; what the machine gets of each. Where one cannot start, none is left.
  [[nodiscard]] Result<std::vector<FreshFile>> start();
  /// All, with whatever they have started; none of the machine, which has ended before.
  void end();
  /// The same for the last time: a broker removes its socket first, on which nobody must listen any more.
  void finish();

private:
  struct Helper {
    const HelperCommand& command;
    BoundedLog log;
    StartedHelper started;
  };
  [[nodiscard]] Result<std::vector<FreshFile>> start_each();
  /// Whether there were any.
  bool read_words(Helper& helper);

  Loop& loop_;
  SignalWatch& signals_;
  std::vector<Helper> helpers_;
};

} // namespace volt
