#include "support/net_bench.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <sys/socket.h>

#include "devices/virtio/stream_port.h"

namespace volt::test {

SocketPair::SocketPair(int type) {
  int ends[2] = {-1, -1};
  if (socketpair(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0) std::abort();
  device = FileDescriptor(ends[0]);
  test = FileDescriptor(ends[1]);
}

Bytes make_frame(std::size_t size_bytes, std::uint8_t seed, const virtio::MacAddress& source) {
  Bytes frame(size_bytes);
  for (std::size_t index = 0; index < size_bytes; ++index)
    frame[index] = static_cast<std::uint8_t>(seed + index * 7 + index / 251);
  std::ranges::copy(source, std::ranges::copy(other_mac, frame.begin()).out);
  return frame;
}

Bytes with_header(const Bytes& frame, const virtio::virtio_net_hdr_v1& header) {
  Bytes bytes(sizeof header + frame.size());
  std::memcpy(bytes.data(), &header, sizeof header);
  std::ranges::copy(frame, bytes.begin() + sizeof header);
  return bytes;
}

Bytes take_message(int descriptor) {
  Bytes bytes(1 << 20);
  const ssize_t count = recv(descriptor, bytes.data(), bytes.size(), MSG_DONTWAIT);
  bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return bytes;
}

FakeTap::FakeTap(std::uint64_t offloads, std::uint16_t ports) : offloads_(offloads) {
  for (std::uint16_t index = 0; index < ports; ++index) {
    SocketPair pair(SOCK_SEQPACKET);
    ports_.push_back(std::make_unique<virtio::TapPort>(std::move(pair.device)));
    far_ends_.push_back(std::move(pair.test));
  }
}

Result<void> FakeTap::use_guest_offloads(std::uint64_t offloads) {
  if (is_gone) return host_error(EBADFD, "set offloads");
  used_offloads.push_back(offloads);
  return {};
}

Result<void> FakeTap::use_ports(std::uint16_t count) {
  if (is_gone) return host_error(EBADFD, "use ports");
  used_ports.push_back(count);
  return {};
}

NetBench::NetBench(const virtio::NetOptions& options, std::unique_ptr<virtio::NetBackend> backend)
    : bench([&](virtio::EventLoop&) {
        return std::make_unique<virtio::NetDevice>(options, std::move(backend),
                                                   [this](const std::string& reason) { link_downs.push_back(reason); });
      }) {}

std::uint64_t NetBench::place(std::size_t size_bytes) {
  if (next_place_ + size_bytes > low_bytes) next_place_ = data_address;
  const std::uint64_t address = next_place_;
  next_place_ += (size_bytes + 15) / 16 * 16;
  return address;
}

std::uint16_t NetBench::offer_frame(const Bytes& bytes, std::uint16_t queue) {
  const std::uint64_t address = place(bytes.size());
  driver.fill(address, bytes);
  return driver.add(queue, {{address, static_cast<std::uint32_t>(bytes.size())}}, {});
}

std::uint16_t NetBench::send(const Bytes& bytes, std::uint16_t queue) {
  const std::uint16_t head = offer_frame(bytes, queue);
  driver.notify(queue);
  return head;
}

std::uint64_t NetBench::offer_room(std::uint32_t size_bytes, std::uint16_t queue) {
  const std::uint64_t address = place(size_bytes);
  driver.fill(address, Bytes(size_bytes, 0xee));
  driver.add(queue, {}, {{address, size_bytes}});
  driver.notify(queue);
  return address;
}

std::uint8_t NetBench::command(const Bytes& bytes, std::uint16_t queue) {
  const std::uint64_t address = place(bytes.size());
  const std::uint64_t answer = place(1);
  driver.fill(address, bytes);
  driver.fill(answer, Bytes{0xff});
  driver.add(queue, {{address, static_cast<std::uint32_t>(bytes.size())}}, {{answer, 1}});
  driver.notify(queue);
  static_cast<void>(driver.wait_used(queue));
  return driver.bytes(answer, 1).front();
}

std::uint16_t NetBench::link_status() {
  std::array<std::uint8_t, 2> status{};
  bench.transport().read(0x100 + offsetof(virtio::virtio_net_config, status), status);
  return static_cast<std::uint16_t>(status[0] | status[1] << 8);
}

virtio::NetOptions options_with(std::uint16_t pairs) {
  virtio::NetOptions options;
  options.mac = own_mac;
  options.pairs = pairs;
  return options;
}

void TapBench::start(std::uint64_t without_features, std::uint16_t queue_size) {
  const std::uint64_t features = net.driver.offered_features() & ~without_features;
  if (!net.driver.start(net.device().queue_count(), features, queue_size)) std::abort();
}

void TapBench::arrive(const Bytes& frame, const virtio::virtio_net_hdr_v1& header, std::uint16_t port) {
  const Bytes message = with_header(frame, header);
  const ssize_t count = ::send(tap.far_end(port).get(), message.data(), message.size(), MSG_NOSIGNAL);
  if (count != static_cast<ssize_t>(message.size())) std::abort();
  net.turn();
}

namespace {

std::unique_ptr<virtio::NetBackend> stream_on(FileDescriptor socket) {
  auto backend = virtio::StreamBackend::create(std::move(socket));
  if (!backend.ok()) std::abort();
  return std::move(backend).value();
}

} // namespace

StreamBench::StreamBench(SocketPair pair, const virtio::NetOptions& options)
    : far_end(std::move(pair.test)), net(options, stream_on(std::move(pair.device))) {}

virtio::NetOptions StreamBench::stream_options() {
  virtio::NetOptions options = options_with();
  options.transport = virtio::NetOptions::Transport::stream;
  return options;
}

void StreamBench::start(std::uint16_t queue_size) {
  if (!net.driver.start(net.device().queue_count(), net.driver.offered_features(), queue_size)) std::abort();
}

void StreamBench::write(const Bytes& bytes) {
  std::span<const std::uint8_t> left = bytes;
  while (!left.empty()) {
    const ssize_t count = ::send(far_end.get(), left.data(), left.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count > 0) left = left.subspan(static_cast<std::size_t>(count));
    net.turn();
  }
}

Bytes StreamBench::read() {
  Bytes all;
  for (Bytes part = take_message(far_end.get()); !part.empty(); part = take_message(far_end.get()))
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

Bytes with_length(const Bytes& frame) {
  const virtio::FrameLength length = virtio::length_before(static_cast<std::uint32_t>(frame.size()));
  Bytes bytes(length.begin(), length.end());
  bytes.insert(bytes.end(), frame.begin(), frame.end());
  return bytes;
}

} // namespace volt::test
