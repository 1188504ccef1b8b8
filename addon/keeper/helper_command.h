// What serves a device of a machine for one start of it, as the command line says it.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace volt {

struct HelperCommand {
  enum class Kind {
    /// https://passt.top: a stream, ready when the started process has gone into the background.
    passt,
    /// https://virtio-fs.gitlab.io: a stream that it accepts, ready when it answers by the vhost-user protocol.
    virtiofsd,
    /// `volt-vmm broker`: messages, ready at once.
    broker,
    /// No process but a device of the kernel, such as /dev/vhost-net: `program` is opened.
    device,
  };
  /// Of the machine's end in its plan.
  std::string name;
  Kind kind = Kind::passt;
  /// Descriptor of the file for what it says; -1 where that is kept nowhere.
  int log = -1;
  /// A path, or of a program a name that is looked for on PATH; of the broker the name that it is shown by.
  std::string program;
  /// Without the program. Its socket is descriptor 3.
  std::vector<std::string> arguments;
};

/// `NAME KIND LOG PROGRAM [ARGUMENT…]`, where LOG is a number or `-`. The error says what is wrong.
[[nodiscard]] Result<HelperCommand> parse_helper(std::span<const char* const> words);

/// `--helper COUNT WORD…` at the beginning of `arguments`: appends the helper and returns how many arguments it took.
[[nodiscard]] Result<std::size_t> take_helper(std::span<const char* const> arguments,
                                              std::vector<HelperCommand>& helpers);

/// As messages call it: `passt`, `virtiofsd`, `the broker of the vsock`, or the device's path.
[[nodiscard]] std::string helper_title(const HelperCommand& command);

} // namespace volt
