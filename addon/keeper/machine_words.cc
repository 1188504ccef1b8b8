// volt-vmm begins each event with its kind (engine/event.cc).
#include "keeper/machine_words.h"

namespace volt {

void MachineWords::begin() {
  *this = MachineWords();
}

void MachineWords::hear(std::string_view bytes) {
  for (const char byte : bytes) {
    if (byte == '\n') {
      take_line();
    } else if (line_.size() < maximum_line_bytes) {
      line_ += byte;
    } else {
      is_too_long_ = true;
    }
  }
}

void MachineWords::take_line() {
  const auto is_event = [this](std::string_view name) {
    return !is_too_long_ && line_.starts_with(R"({"formatVersion":1,"event":")" + std::string(name) + '"');
  };
  has_started_ = has_started_ || is_event("started");
  has_stopped_ = has_stopped_ || is_event("stopped");
  has_failed_ = has_failed_ || is_event("failed");
  if (is_event("reset")) ++resets_;
  line_.clear();
  is_too_long_ = false;
}

} // namespace volt
