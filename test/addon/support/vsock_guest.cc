#include "support/vsock_guest.h"

#include <cstdlib>
#include <cstring>

namespace volt::test {

using virtio::ConnectRequest;
using virtio::VsockPorts;

namespace {

constexpr std::uint64_t transmit_address = data_address + (4 << 20);

void must(bool holds) {
  if (!holds) std::abort();
}

} // namespace

VsockGuest::VsockGuest(const virtio::VsockOptions& options, unsigned buffers, std::uint32_t buffer_bytes)
    : buffer_bytes_(buffer_bytes), bench_([&](virtio::EventLoop& loop) { return host_.make_device(options, loop); }) {
  must(driver_.start(3, std::nullopt, 256));
  for (unsigned slot = 0; slot < buffers; ++slot)
    add_buffer(static_cast<std::uint16_t>(slot));
  driver_.notify(receive_queue);
}

virtio::VsockDevice& VsockGuest::device() {
  return dynamic_cast<virtio::VsockDevice&>(bench_.device());
}

void VsockGuest::add_buffer(std::uint16_t slot) {
  const std::uint64_t address = data_address + std::uint64_t{slot} * buffer_bytes_;
  slots_[driver_.add(receive_queue, {}, {{address, buffer_bytes_}})] = slot;
}

virtio_vsock_hdr VsockGuest::header(std::uint16_t operation, VsockPorts ports) {
  virtio_vsock_hdr header{};
  header.src_cid = guest_cid;
  header.dst_cid = 2;
  header.src_port = ports.guest;
  header.dst_port = ports.host;
  header.type = VIRTIO_VSOCK_TYPE_STREAM;
  header.op = operation;
  header.buf_alloc = 1 << 20;
  return header;
}

void VsockGuest::send(virtio_vsock_hdr header, std::string_view data) {
  std::vector<std::uint8_t> bytes(sizeof header + data.size());
  std::memcpy(bytes.data(), &header, sizeof header);
  std::ranges::copy(data, bytes.begin() + sizeof header);
  driver_.fill(transmit_address, bytes);
  driver_.add(transmit_queue, {{transmit_address, static_cast<std::uint32_t>(bytes.size())}}, {});
  driver_.notify(transmit_queue);
  static_cast<void>(driver_.take_used(transmit_queue));
}

void VsockGuest::send(std::uint16_t operation, VsockPorts ports, std::string_view data) {
  virtio_vsock_hdr packet = header(operation, ports);
  packet.len = static_cast<std::uint32_t>(data.size());
  send(packet, data);
}

std::optional<VsockPacket> VsockGuest::receive_now() {
  const auto used = driver_.take_used(receive_queue);
  if (!used) return std::nullopt;
  const std::uint16_t slot = slots_.at(used->head);
  const auto bytes = driver_.bytes(data_address + std::uint64_t{slot} * buffer_bytes_, used->written_bytes);
  VsockPacket packet{};
  must(bytes.size() >= sizeof packet.header);
  std::memcpy(&packet.header, bytes.data(), sizeof packet.header);
  packet.data.assign(bytes.begin() + sizeof packet.header, bytes.end());
  must(packet.header.len == packet.data.size());
  add_buffer(slot);
  driver_.notify(receive_queue);
  return packet;
}

std::optional<VsockPacket> VsockGuest::receive() {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  auto packet = receive_now();
  while (!packet && std::chrono::steady_clock::now() < end) {
    turn(std::chrono::milliseconds(5));
    packet = receive_now();
  }
  return packet;
}

std::uint16_t VsockGuest::receive_operation() {
  const auto packet = receive();
  return packet ? packet->header.op : std::uint16_t{VIRTIO_VSOCK_OP_INVALID};
}

std::vector<std::uint16_t> VsockGuest::settle() {
  std::vector<std::uint16_t> operations;
  for (unsigned idle = 0; idle < 5; ++idle) {
    turn(std::chrono::milliseconds(2));
    while (const auto packet = receive_now()) {
      operations.push_back(packet->header.op);
      idle = 0;
    }
  }
  return operations;
}

FileDescriptor VsockGuest::open_from_guest(VsockPorts ports) {
  send(VIRTIO_VSOCK_OP_REQUEST, ports);
  const ConnectRequest request = take_request();
  must(request.port == ports.host);
  StreamPair pair;
  answer(request.id, pair.device);
  must(receive_operation() == VIRTIO_VSOCK_OP_RESPONSE);
  return std::move(pair.program);
}

std::pair<VsockPorts, FileDescriptor> VsockGuest::open_from_host(std::uint32_t guest_port) {
  FileDescriptor program = connect_program();
  write_all(program, "CONNECT " + std::to_string(guest_port) + "\n");
  const auto request = receive();
  must(request && request->header.op == VIRTIO_VSOCK_OP_REQUEST);
  const VsockPorts ports{.guest = request->header.dst_port, .host = request->header.src_port};
  send(VIRTIO_VSOCK_OP_RESPONSE, ports);
  must(read_now(program) == "OK " + std::to_string(ports.host) + "\n");
  return {ports, std::move(program)};
}

void write_all(const FileDescriptor& stream, std::string_view text) {
  must(write_now(stream, text));
}

} // namespace volt::test
