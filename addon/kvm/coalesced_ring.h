// Writes of the guest that KVM kept instead of leaving it: the ring of KVM_REGISTER_COALESCED_MMIO.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

namespace volt::kvm {

struct PortWrite {
  std::uint16_t port = 0;
  /// 1 to 4 bytes.
  std::span<const std::uint8_t> data;
};

/// One a virtual machine, in each vCPU's run area. KVM appends at any time; one thread at a time takes, anyone may ask
/// whether there is something.
class CoalescedRing {
public:
  static constexpr std::size_t page_bytes = 4096;
  /// How many writes it holds; the next one is an exit.
  static const std::size_t capacity;

  /// `page` outlives the ring, or its last use.
  explicit CoalescedRing(std::span<std::uint8_t> page) : page_(page) {}

  /// A write is in it until it was handled.
  [[nodiscard]] bool empty() const;
  /// Hands over what is in it at the call, in order, each before KVM may use its place again; how many there were. What
  /// is no write to a port is passed over: nobody asked for it.
  std::size_t take(const std::function<void(const PortWrite&)>& handle) const;

private:
  std::span<std::uint8_t> page_;
};

} // namespace volt::kvm
