// The console's two queues.
#include "engine/console.h"

namespace volt {

namespace {

// A reader may be slow for as long as it takes the guest to print this much; people's pastes fit the input.
constexpr std::size_t output_bytes = std::size_t{1024} * 1024;
constexpr std::size_t input_bytes = 4096;
// What a UART of 115200 baud takes for the 16 bytes of its FIFO, and nobody sees.
constexpr std::chrono::milliseconds gather{2};

} // namespace

Console::Console() : output_(output_bytes, gather), input_(input_bytes) {}

void Console::close() {
  output_.close();
  input_.close();
}

void Console::discard_output() {
  discards_ = true;
  output_.close();
}

void Console::take_output(std::span<const std::uint8_t> bytes) {
  if (discards_) return;
  dropped_.fetch_add(bytes.size() - output_.push(bytes));
}

std::optional<std::uint8_t> Console::next_input() {
  if (is_input_claimed_) return std::nullopt;
  std::uint8_t byte = 0;
  if (input_.pop(std::span(&byte, 1)) == 0) return std::nullopt;
  return byte;
}

} // namespace volt
