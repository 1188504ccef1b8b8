// The wire from a device to an interrupt controller.
#pragma once

namespace volt {

class IrqLine {
public:
  virtual ~IrqLine() = default;

  /// From any thread; the caller serialises its own calls.
  virtual void set_level(bool asserted) = 0;
};

} // namespace volt
