// What a client asks for before its command runs.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agent/frame.h"

namespace volt::agent {

struct WindowSize {
  std::uint16_t columns = 0;
  std::uint16_t rows = 0;
};

/// A terminal's size as the frames `terminal` and `resize` have it; an Error for another length.
[[nodiscard]] Result<WindowSize> window_size(std::span<const std::uint8_t> payload);

struct Request {
  std::vector<std::string> arguments;
  /// `NAME=value`, later ones before earlier.
  std::vector<std::string> variables;
  /// `/` where it is empty.
  std::string directory;
  /// There where the command gets a terminal in place of three pipes.
  std::optional<WindowSize> terminal;

  /// Adds what a frame of a kind up to `terminal` says. An Error, with EPROTO, for another kind, for text with a NUL in
  /// it, and where there is more than the kernel would take as a command line.
  [[nodiscard]] Result<void> add(const Frame& frame);

private:
  std::size_t bytes_ = 0;
};

} // namespace volt::agent
