// What a descriptor of the fuzzed host refers to.
#pragma once

#include <cstdint>
#include <span>
#include <sys/epoll.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <vector>

namespace volt::test {

/// Calls answer as the kernel's: a count, or an errno made negative.
class HostObject {
public:
  HostObject() = default;
  HostObject(const HostObject&) = delete;
  HostObject& operator=(const HostObject&) = delete;
  virtual ~HostObject() = default;

  /// EPOLL* that are ready now.
  [[nodiscard]] virtual std::uint32_t ready() const { return EPOLLIN | EPOLLOUT; }
  /// Counts what edge-triggered waiters hear of.
  [[nodiscard]] std::uint64_t edges() const { return edges_; }

  [[nodiscard]] virtual ssize_t read(std::span<const iovec> to);
  [[nodiscard]] virtual ssize_t write(std::span<const iovec> from);
  [[nodiscard]] virtual int control(unsigned long request, void* argument);

protected:
  void edge() { ++edges_; }

private:
  std::uint64_t edges_ = 1;
};

[[nodiscard]] std::size_t size_of(std::span<const iovec> vectors);
/// Copies as much as there is room for; says how much.
std::size_t scatter(std::span<const std::uint8_t> bytes, std::span<const iovec> to);
[[nodiscard]] std::vector<std::uint8_t> gather(std::span<const iovec> from, std::size_t maximum_bytes);

/// eventfd(2), non-blocking.
class HostCounter : public HostObject {
public:
  [[nodiscard]] std::uint32_t ready() const override;
  [[nodiscard]] ssize_t read(std::span<const iovec> to) override;
  [[nodiscard]] ssize_t write(std::span<const iovec> from) override;

private:
  std::uint64_t count_ = 0;
};

/// A file in memory, with holes as tmpfs has them: it cannot ZERO_RANGE.
class HostFile : public HostObject {
public:
  [[nodiscard]] std::size_t size() const { return bytes_.size(); }
  void resize(std::size_t size_bytes) { bytes_.resize(size_bytes); }
  [[nodiscard]] ssize_t read_at(std::span<const iovec> to, std::size_t offset) const;
  [[nodiscard]] ssize_t write_at(std::span<const iovec> from, std::size_t offset);
  [[nodiscard]] int punch(std::size_t offset, std::size_t size_bytes);

private:
  std::vector<std::uint8_t> bytes_;
};

} // namespace volt::test
