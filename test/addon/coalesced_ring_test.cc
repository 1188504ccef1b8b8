// The ring of writes that KVM kept.
#include <doctest/doctest.h>
#include <string>

#include "support/kept_writes.h"

namespace volt::test {

namespace {

std::string taken_from(const kvm::CoalescedRing& ring) {
  std::string text;
  ring.take([&](const kvm::PortWrite& write) { text.append(write.data.begin(), write.data.end()); });
  return text;
}

} // namespace

TEST_SUITE("kvm/coalesced_ring") {
  TEST_CASE("what was written comes out in order, once, across the wrap") {
    KeptWrites writes;
    const kvm::CoalescedRing ring = writes.ring();
    CHECK(ring.empty());
    for (unsigned round = 0; round < KeptWrites::entries; ++round) {
      writes.print("abc");
      CHECK(!ring.empty());
      CHECK(taken_from(ring) == "abc");
      CHECK(ring.empty());
      CHECK(taken_from(ring).empty());
    }
  }

  TEST_CASE("it holds as many as KVM puts into it") {
    KeptWrites writes;
    unsigned count = 0;
    while (writes.put(0x3f8, 'x'))
      ++count;
    CHECK(count == kvm::CoalescedRing::capacity);
    CHECK(writes.ring().take([](const kvm::PortWrite&) {}) == count);
  }

  TEST_CASE("each is handed over before its place is KVM's again, and what comes meanwhile waits") {
    KeptWrites writes;
    writes.print("ab");
    std::vector<std::uint32_t> places;
    writes.ring().take([&](const kvm::PortWrite& write) {
      CHECK(write.port == 0x3f8);
      places.push_back(writes.first());
      writes.print("!");
    });
    CHECK(places == std::vector<std::uint32_t>{0, 1});
    CHECK(taken_from(writes.ring()) == "!!");
  }

  TEST_CASE("what nobody asked for is passed over") {
    KeptWrites writes;
    writes.put(0x3f8, 'm', 1, 0);
    writes.put(0x103f8, 'h');
    writes.put(0x3f8, 'z', 0);
    writes.put(0x3f8, 'w', 5);
    writes.put(0x3f8, 'W', UINT32_MAX);
    writes.put(0x3f8, 'x', 4);
    CHECK(taken_from(writes.ring()) == "xxxx");
    CHECK(writes.ring().empty());
  }

  TEST_CASE("indices beyond the ring are believed by nobody") {
    for (const auto& [first, last] :
         {std::pair{0U, KeptWrites::entries}, {KeptWrites::entries, 1U}, {0U, UINT32_MAX}}) {
      KeptWrites writes;
      writes.set_first(first);
      writes.set_last(last);
      CHECK(taken_from(writes.ring()).empty());
    }
  }
}

} // namespace volt::test
