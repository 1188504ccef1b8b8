// Commands of the control queue: exact lengths, known classes, and nothing that was not negotiated.
#include <doctest/doctest.h>

#include "devices/virtio/net_control.h"
#include "devices/virtio/net_features.h"
#include "support/net_bench.h"

namespace volt::test {

using namespace virtio;

namespace {

struct Target : NetControlTarget {
  bool use_pairs(std::uint16_t count) override {
    pairs.push_back(count);
    return works;
  }
  bool use_guest_offloads(std::uint64_t wanted) override {
    offloads.push_back(wanted);
    return works;
  }
  bool works = true;
  std::vector<std::uint16_t> pairs;
  std::vector<std::uint64_t> offloads;
};

constexpr std::uint64_t everything = UINT64_MAX;

std::uint8_t run(Bytes command, Target& target, std::uint64_t features = everything) {
  BufferList list;
  for (std::uint8_t& byte : command) // in the smallest pieces there are
    list.append({&byte, 1});
  return run_net_command(list, {.features = features, .pairs = 4}, target);
}

std::uint8_t run(const Bytes& command, std::uint64_t features = everything) {
  Target target;
  return run(command, target, features);
}

} // namespace

TEST_SUITE("devices/virtio/net_control") {
  TEST_CASE("receive modes of one byte are taken, others are not") {
    CHECK(run({0, 0, 1}) == VIRTIO_NET_OK);
    CHECK(run({0, 1, 0}) == VIRTIO_NET_OK);
    for (const Bytes& wrong : {Bytes{0, 0}, Bytes{0, 0, 1, 1}, Bytes{0, 2, 1}, Bytes{0, 255, 1}})
      CHECK(run(wrong) == VIRTIO_NET_ERR);
    CHECK(run({0, 0, 1}, everything & ~net_feature(VIRTIO_NET_F_CTRL_RX)) == VIRTIO_NET_ERR);
  }

  TEST_CASE("address tables are as long as they say") {
    Bytes tables{1, 0, 1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 0, 0, 0, 0};
    CHECK(run(tables) == VIRTIO_NET_OK);
    for (std::size_t size = 2; size < tables.size(); ++size)
      CHECK(run(Bytes(tables.begin(), tables.begin() + static_cast<std::ptrdiff_t>(size))) == VIRTIO_NET_ERR);
    tables.push_back(0);
    CHECK(run(tables) == VIRTIO_NET_ERR);
    CHECK(run({1, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}) == VIRTIO_NET_ERR);
    CHECK(run({1, 1, 1, 2, 3, 4, 5, 6}) == VIRTIO_NET_ERR); // the address is not to be set
  }

  TEST_CASE("pairs are from 1 to what there is") {
    Target target;
    CHECK(run({4, 0, 3, 0}, target) == VIRTIO_NET_OK);
    CHECK(target.pairs == std::vector<std::uint16_t>{3});
    for (const Bytes& wrong : {Bytes{4, 0, 0, 0}, Bytes{4, 0, 5, 0}, Bytes{4, 0, 1}, Bytes{4, 0, 1, 0, 0},
                               Bytes{4, 1, 1, 0}, Bytes{4, 0, 0, 0x80}})
      CHECK(run(wrong, target) == VIRTIO_NET_ERR);
    CHECK(run({4, 0, 1, 0}, target, everything & ~net_feature(VIRTIO_NET_F_MQ)) == VIRTIO_NET_ERR);
    CHECK(target.pairs.size() == 1);
    target.works = false;
    CHECK(run({4, 0, 2, 0}, target) == VIRTIO_NET_ERR);
  }

  TEST_CASE("offloads are a part of what was negotiated") {
    Target target;
    CHECK(run({5, 0, 0x82, 0, 0, 0, 0, 0, 0, 0}, target) == VIRTIO_NET_OK); // CSUM, TSO4
    CHECK(target.offloads == std::vector<std::uint64_t>{0x82});
    CHECK(run({5, 0, 0, 0, 0, 0, 0, 0, 0, 0}, target) == VIRTIO_NET_OK);
    const std::uint64_t without_tso4 = everything & ~net_feature(VIRTIO_NET_F_GUEST_TSO4);
    CHECK(run({5, 0, 0x82, 0, 0, 0, 0, 0, 0, 0}, target, without_tso4) == VIRTIO_NET_ERR);
    CHECK(run({5, 0, 1, 0, 0, 0, 0, 0, 0, 0}, target) == VIRTIO_NET_ERR); // CSUM is the host's
    CHECK(run({5, 0, 2, 0, 0, 0, 0, 0, 0}, target) == VIRTIO_NET_ERR);
    CHECK(run({5, 1, 2, 0, 0, 0, 0, 0, 0, 0}, target) == VIRTIO_NET_ERR);
    CHECK(target.offloads.size() == 2);
  }

  TEST_CASE("unknown classes and commands without a header are answered with an error") {
    CHECK(run({}) == VIRTIO_NET_ERR);
    CHECK(run({0}) == VIRTIO_NET_ERR);
    for (const unsigned unknown : {2U, 3U, 6U, 7U, 200U, 255U})
      CHECK(run({static_cast<std::uint8_t>(unknown), 0, 0, 0}) == VIRTIO_NET_ERR);
  }
}

} // namespace volt::test
