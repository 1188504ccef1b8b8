// One sign, one timeout.
#include "keeper/readiness.h"

namespace volt {

Readiness::Readiness(Loop& loop, const ReadinessArguments& arguments, Verdict verdict)
    : loop_(loop), arguments_(arguments), verdict_(std::move(verdict)),
      probe_(loop, arguments, [this] { decide(true); }) {}

Result<std::unique_ptr<Readiness>> Readiness::create(Loop& loop, const ReadinessArguments& arguments, Verdict verdict) {
  using Kind = ReadinessArguments::Kind;
  if (arguments.kind == Kind::none) return std::unique_ptr<Readiness>();
  std::unique_ptr<Readiness> made(new Readiness(loop, arguments, std::move(verdict)));
  if (arguments.kind == Kind::console)
    made->matcher_ = std::make_unique<ConsoleMatcher>(TRY(ConsoleMatcher::create(arguments.pattern)));
  return made;
}

void Readiness::begin() {
  end();
  is_open_ = true;
  tail_.clear();
  timer_ = loop_.call_at(Loop::Clock::now() + arguments_.timeout, [this] { decide(false); });
  if (matcher_ != nullptr)
    matcher_->begin();
  else
    probe_.begin();
}

void Readiness::end() {
  is_open_ = false;
  loop_.clear(timer_);
  probe_.end();
}

void Readiness::hear(std::span<const char> console) {
  if (!is_open_) return;
  tail_.append(console.data(), console.size());
  if (tail_.size() > tail_bytes) tail_.erase(0, tail_.size() - tail_bytes);
  if (matcher_ != nullptr && matcher_->hear(console)) decide(true);
}

void Readiness::decide(bool is_ready) {
  end();
  verdict_(is_ready);
}

} // namespace volt
