// Frames that a driver sends, and what is wrong with some.
#include <doctest/doctest.h>

#include "devices/virtio/net_features.h"
#include "support/net_bench.h"

namespace volt::test {

using namespace virtio;

namespace {

constexpr std::uint64_t sendable = host_offloads;

/// A chain over memory of the test's own, cut into pieces of `piece_bytes`.
struct Request {
  explicit Request(Bytes content, std::size_t piece_bytes = 1 << 20) : bytes(std::move(content)) {
    chain.head = 7;
    for (std::size_t at = 0; at < bytes.size(); at += piece_bytes)
      chain.readable.append(std::span(bytes).subspan(at, std::min(piece_bytes, bytes.size() - at)));
  }
  Bytes bytes;
  DescriptorChain chain;
};

std::variant<OutgoingFrame, FrameFault> read_header(const virtio_net_hdr_v1& header, std::uint64_t features = sendable,
                                                    std::size_t frame_bytes = 100) {
  const Request request(with_header(make_frame(frame_bytes), header));
  return read_frame(request.chain, {.features = features, .source = own_mac});
}

bool is_bad_header(const virtio_net_hdr_v1& header, std::uint64_t features = sendable) {
  const auto read = read_header(header, features);
  const auto* fault = std::get_if<FrameFault>(&read);
  return fault != nullptr && fault->drop == NetDrop::bad_header && !fault->text.empty();
}

NetDrop drop_of(const Bytes& bytes, const FrameRules& rules = {}) {
  const Request request(bytes);
  const auto read = read_frame(request.chain, rules);
  REQUIRE(std::holds_alternative<FrameFault>(read));
  return std::get<FrameFault>(read).drop;
}

constexpr virtio_net_hdr_v1 open_checksum{.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM, .csum_start = 34, .csum_offset = 16};
constexpr virtio_net_hdr_v1 segments{.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
                                     .gso_type = VIRTIO_NET_HDR_GSO_TCPV4,
                                     .hdr_len = 54,
                                     .gso_size = 1448,
                                     .csum_start = 34,
                                     .csum_offset = 16};

template <typename Change>
virtio_net_hdr_v1 changed(virtio_net_hdr_v1 header, const Change& change) {
  change(header);
  return header;
}

} // namespace

TEST_SUITE("devices/virtio/net_frame") {
  TEST_CASE("a frame in any pieces is taken apart into header, Ethernet header and rest") {
    for (const std::size_t piece : {1UL, 5UL, 13UL, 26UL, 1000UL}) {
      const Bytes frame = make_frame(100);
      const Request request(with_header(frame), piece);
      const auto read = read_frame(request.chain, {.features = 0, .source = own_mac});
      REQUIRE(std::holds_alternative<OutgoingFrame>(read));
      const auto& outgoing = std::get<OutgoingFrame>(read);
      CHECK(outgoing.head == 7);
      CHECK(outgoing.size_bytes() == 100);
      CHECK(std::ranges::equal(outgoing.ethernet, std::span(frame).first(14)));
      Bytes rest(86);
      CHECK(outgoing.rest.read(0, rest) == 86);
      CHECK(std::ranges::equal(rest, std::span(frame).subspan(14)));
    }
  }

  TEST_CASE("lengths: from a bare Ethernet header to 65550 bytes") {
    CHECK(drop_of({}) == NetDrop::malformed);
    CHECK(drop_of(Bytes(11)) == NetDrop::malformed);
    CHECK(drop_of(Bytes(12 + 13)) == NetDrop::malformed);
    CHECK(drop_of(Bytes(12 + 65551)) == NetDrop::too_long);
    for (const std::size_t size : {14UL, 65550UL}) {
      const auto read = read_header({}, 0, size);
      REQUIRE(std::holds_alternative<OutgoingFrame>(read));
      CHECK(std::get<OutgoingFrame>(read).size_bytes() == size);
    }
  }

  TEST_CASE("a writable buffer makes a frame malformed") {
    Request request(with_header(make_frame(60)));
    Bytes writable(10);
    request.chain.writable.append(writable);
    const auto read = read_frame(request.chain, {});
    REQUIRE(std::holds_alternative<FrameFault>(read));
    CHECK(std::get<FrameFault>(read).drop == NetDrop::malformed);
  }

  TEST_CASE("another source address is spoofed, where that counts, and is no fault of the driver's") {
    const Request request(with_header(make_frame(60, 1, other_mac)));
    CHECK(std::holds_alternative<OutgoingFrame>(read_frame(request.chain, {})));
    const auto read = read_frame(request.chain, {.features = 0, .source = own_mac});
    REQUIRE(std::holds_alternative<FrameFault>(read));
    CHECK(std::get<FrameFault>(read).drop == NetDrop::spoofed);
    CHECK(std::get<FrameFault>(read).text.empty());
  }

  TEST_CASE("what was checked does not change with guest memory") {
    Request request(with_header(make_frame(60), open_checksum));
    const auto read = read_frame(request.chain, {.features = sendable, .source = own_mac});
    std::ranges::fill(request.bytes, std::uint8_t{0xff});
    const auto& outgoing = std::get<OutgoingFrame>(read);
    CHECK(outgoing.header.csum_start == 34);
    CHECK(std::ranges::equal(std::span(outgoing.ethernet).subspan(6, 6), own_mac));
  }

  TEST_CASE("fields without a meaning are zero for whoever gets the header") {
    const auto read = read_header({.flags = 0xfe, // all but NEEDS_CSUM
                                   .gso_type = 0,
                                   .hdr_len = 9,
                                   .gso_size = 9,
                                   .csum_start = 9999,
                                   .csum_offset = 9999,
                                   .num_buffers = 9},
                                  sendable);
    REQUIRE(std::holds_alternative<OutgoingFrame>(read));
    const virtio_net_hdr_v1 none{};
    CHECK(std::memcmp(&std::get<OutgoingFrame>(read).header, &none, sizeof none) == 0);
  }

  TEST_CASE("a checksum that is left open lies behind the Ethernet header and within the frame") {
    CHECK(std::holds_alternative<OutgoingFrame>(read_header(open_checksum)));
    CHECK(std::holds_alternative<OutgoingFrame>(read_header(changed(open_checksum, [](auto& h) { // to the last byte
      h.csum_start = 82;
      h.csum_offset = 16;
    }))));
    CHECK(is_bad_header(changed(open_checksum, [](auto& h) { h.csum_start = 83; })));
    CHECK(is_bad_header(changed(open_checksum, [](auto& h) { h.csum_start = 13; })));
    CHECK(is_bad_header(changed(open_checksum, [](auto& h) { h.csum_offset = 65535; })));
    CHECK(is_bad_header(changed(open_checksum, [](auto& h) { h.csum_start = h.csum_offset = 65535; })));
    CHECK(is_bad_header(open_checksum, 0));
  }

  TEST_CASE("segments need a type that was agreed on, a size, a checksum to fill in and headers that fit") {
    const auto read = read_header(segments);
    REQUIRE(std::holds_alternative<OutgoingFrame>(read));
    CHECK(std::memcmp(&std::get<OutgoingFrame>(read).header, &segments, sizeof segments) == 0);
    CHECK(is_bad_header(changed(segments, [](auto& h) { h.gso_size = 0; })));
    CHECK(is_bad_header(changed(segments, [](auto& h) { h.hdr_len = 101; })));
    CHECK(is_bad_header(changed(segments, [](auto& h) { h.flags = 0; })));
    for (unsigned type = 1; type < 256; ++type) {
      CAPTURE(type);
      const bool is_known = type == 1 || type == 4 || type == 5; // not UDP (3), nothing with the ECN bit (0x80)
      const auto of_type = changed(segments, [&](auto& h) { h.gso_type = static_cast<std::uint8_t>(type); });
      CHECK(is_bad_header(of_type) == !is_known);
    }
    CHECK(is_bad_header(segments, net_feature(VIRTIO_NET_F_CSUM)));
    CHECK(is_bad_header(segments, net_feature(VIRTIO_NET_F_CSUM) | net_feature(VIRTIO_NET_F_HOST_TSO6)));
  }
}

} // namespace volt::test
