// The process of one machine, from its launch to its end.
#pragma once

#include <span>
#include <string>
#include <sys/types.h>

#include "base/file_descriptor.h"
#include "keeper/arguments.h"

namespace volt {

/// What the machine gets for one start only, by its name in the plan.
struct FreshFile {
  std::string name;
  FileDescriptor descriptor;
};

struct MachineProcess {
  pid_t pid = -1;
  FileDescriptor pidfd;
  /// Our end of its console, both ways; non-blocking, as are the next.
  FileDescriptor console;
  /// The reading ends of its events and its standard error.
  FileDescriptor events;
  FileDescriptor errors;

  void signal(int number) const;
};

/// Starts it anew with the same descriptors and `fresh`, which stay the caller's; its plan is read from the beginning.
/// `executable` is volt-vmm.
[[nodiscard]] Result<MachineProcess> launch_machine(const KeepArguments& arguments, int executable,
                                                    std::span<const FreshFile> fresh);

} // namespace volt
