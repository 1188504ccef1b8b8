// Lists as KVM takes them: a count, padding, and the entries right behind (struct kvm_cpuid2, struct kvm_msrs).
//
// Not the header's own structures: until Linux 6.5 their flexible arrays contain an empty structure, which has a size
// in C++ but none in C, and so both the offset of the entries and the numbers of the ioctls come out wrong.
#pragma once

#include <algorithm>
#include <cstring>
#include <linux/kvm.h>
#include <span>
#include <vector>

namespace volt::kvm {

struct ListHeader {
  __u32 count;
  __u32 padding;
};
static_assert(sizeof(ListHeader) == 8);
static_assert(sizeof(kvm_cpuid_entry2) == 40 && sizeof(kvm_msr_entry) == 16);

constexpr unsigned long get_supported_cpuid = _IOWR(KVMIO, 0x05, ListHeader); // KVM_GET_SUPPORTED_CPUID
constexpr unsigned long set_cpuid2 = _IOW(KVMIO, 0x90, ListHeader);           // KVM_SET_CPUID2
constexpr unsigned long set_msrs = _IOW(KVMIO, 0x89, ListHeader);             // KVM_SET_MSRS

template <typename Entry>
class CountedList {
public:
  /// A list of these entries.
  explicit CountedList(std::span<const Entry> entries) : CountedList(entries.size()) {
    std::ranges::copy(std::as_bytes(entries), storage_.begin() + sizeof(ListHeader));
  }
  /// A list with room for `capacity` entries, for KVM to fill.
  explicit CountedList(std::size_t capacity) : storage_(sizeof(ListHeader) + capacity * sizeof(Entry)) {
    const ListHeader header{.count = static_cast<__u32>(capacity), .padding = 0};
    std::memcpy(storage_.data(), &header, sizeof header);
  }

  [[nodiscard]] void* get() { return storage_.data(); }

  /// The entries that the count covers now.
  [[nodiscard]] std::vector<Entry> entries() const {
    ListHeader header{};
    std::memcpy(&header, storage_.data(), sizeof header);
    std::vector<Entry> entries(header.count);
    std::ranges::copy(std::span(storage_).subspan(sizeof header, entries.size() * sizeof(Entry)),
                      std::as_writable_bytes(std::span(entries)).begin());
    return entries;
  }

private:
  std::vector<std::byte> storage_;
};

} // namespace volt::kvm
