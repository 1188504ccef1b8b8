// Where the bytes of a console descriptor go: to the machine of the present boot, or into the console until there is
// one.
#pragma once

#include <mutex>

#include "engine/machine.h"
#include "vmm/descriptor_pump.h"

namespace volt {

class ConsoleInput : public InputPump::Sink {
public:
  /// The console must outlive it, and be every machine's that is connected.
  explicit ConsoleInput(Console& console) : console_(console) {}

  /// Null for none; before a machine is destroyed.
  void connect(Machine* machine) {
    const std::lock_guard lock(mutex_);
    machine_ = machine;
    // What came before it may have to raise an interrupt.
    if (machine_ != nullptr) static_cast<void>(machine_->write_console({}));
  }

  std::size_t wait_for_room() override { return console_.input().wait_for_room(); }
  void consume(std::span<const std::uint8_t> bytes) override {
    const std::lock_guard lock(mutex_);
    static_cast<void>(machine_ != nullptr ? machine_->write_console(bytes) : console_.input().push(bytes));
  }

private:
  Console& console_;
  std::mutex mutex_;
  Machine* machine_ = nullptr; // guarded by mutex_
};

} // namespace volt
