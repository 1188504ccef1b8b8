// Whether the guest has begun to do what it is for.
#pragma once

#include <functional>
#include <memory>
#include <span>

#include "keeper/arguments.h"
#include "keeper/console_matcher.h"
#include "keeper/port_probe.h"

namespace volt {

class Readiness {
public:
  /// What is kept of the console for who wants to know why it is not ready.
  static constexpr std::size_t tail_bytes = 2048;

  /// Once after each begin(), unless end() comes first.
  using Verdict = std::function<void(bool is_ready)>;

  /// `loop` and `arguments` must outlive it, which stays where it is. Nothing where no sign is asked for.
  [[nodiscard]] static Result<std::unique_ptr<Readiness>> create(Loop& loop, const ReadinessArguments& arguments,
                                                                 Verdict verdict);

  /// A guest boots.
  void begin();
  void end();
  void hear(std::span<const char> console);
  /// The last that the guest wrote.
  [[nodiscard]] const std::string& tail() const { return tail_; }

private:
  Readiness(Loop& loop, const ReadinessArguments& arguments, Verdict verdict);
  void decide(bool is_ready);

  Loop& loop_;
  const ReadinessArguments& arguments_;
  const Verdict verdict_;
  PortProbe probe_;
  std::unique_ptr<ConsoleMatcher> matcher_;
  std::string tail_;
  Loop::Timer timer_ = 0;
  bool is_open_ = false;
};

} // namespace volt
