// Those who are attached to the console of a running machine.
#pragma once

#include <map>
#include <span>
#include <string>

#include "keeper/loop.h"

namespace volt {

/// Each reader gets all output from when it came; what any of them types goes to the guest. A reader who does not keep
/// up is dropped: neither the guest nor another reader waits for it.
class ConsoleHub {
public:
  /// Further ones wait until one has left.
  static constexpr std::size_t maximum_readers = 16;

  explicit ConsoleHub(Loop& loop) : loop_(loop) {}

  /// Once. `listener` is a listening stream socket, which becomes non-blocking; the caller's. Those who wait there
  /// already are taken in before it returns.
  [[nodiscard]] Result<void> start(int listener);
  /// Where input goes from now on: a non-blocking stream, the caller's; -1 for nowhere.
  void connect(int machine);
  /// The machine's stream takes input again.
  void send_input();
  void output(std::span<const char> bytes);

private:
  struct Reader {
    FileDescriptor socket;
    /// Ended its input; it reads on.
    bool is_silent = false;
  };

  void accept_readers();
  void serve(int descriptor, std::uint32_t events);
  void listen_to_readers();
  void drop(int descriptor);

  Loop& loop_;
  int listener_ = -1;
  int machine_ = -1;
  std::map<int, Reader> readers_; // by descriptor
  /// Typed and not taken yet; nothing more is read meanwhile.
  std::string input_;
};

} // namespace volt
