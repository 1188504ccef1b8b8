// Whether a daemon answers as a vhost-user back end (QEMU, docs/interop/vhost-user.rst): what the machine will talk to.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace volt {

/// Asks for its features, which changes nothing.
class BackEndQuestion {
public:
  /// `connection` is a stream socket whose other end may not have accepted it yet; the caller's.
  explicit BackEndQuestion(int connection);

  /// To be called when there is something to read; waits otherwise.
  void read_some();
  [[nodiscard]] bool is_over() const { return has_failed_ || received_bytes_ == answer_.size(); }
  /// With what a back end answers; not before it is over.
  [[nodiscard]] bool is_answered() const;

private:
  /// A header, and 64 bits of features.
  static constexpr std::size_t answer_bytes = 20;

  const int connection_;
  alignas(std::uint32_t) std::array<std::byte, answer_bytes> answer_{};
  std::size_t received_bytes_ = 0;
  bool has_failed_ = false;
};

} // namespace volt
