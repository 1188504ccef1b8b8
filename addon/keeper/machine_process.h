// The process of one machine, from its launch to its end.
#pragma once

#include "base/file_descriptor.h"
#include "keeper/arguments.h"

namespace volt {

struct MachineProcess {
  FileDescriptor pidfd;
  /// Our end of its console, both ways; non-blocking.
  FileDescriptor console;
  /// The reading end of its events; non-blocking.
  FileDescriptor events;

  void signal(int number) const;
};

/// Starts it anew with the same descriptors; its plan is read from the beginning. `executable` is volt-vmm.
[[nodiscard]] Result<MachineProcess> launch_machine(const KeepArguments& arguments, int executable);

} // namespace volt
