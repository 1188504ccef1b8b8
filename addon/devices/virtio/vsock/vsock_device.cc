// The three queues. Names of directions are the driver's: packets come to it by the receive queue.
#include "devices/virtio/vsock/vsock_device.h"

#include <cassert>
#include <linux/virtio_ids.h>

#include "devices/virtio/vsock/packet.h"

namespace volt::virtio {

namespace {
constexpr std::uint16_t receive_queue = 0;
constexpr std::uint16_t transmit_queue = 1;
constexpr std::uint16_t event_queue = 2;
} // namespace

Result<std::unique_ptr<VsockDevice>> VsockDevice::create(const VsockOptions& options, FileDescriptor listener,
                                                         FileDescriptor connector, EventLoop& loop) {
  std::unique_ptr<VsockDevice> device(new VsockDevice(options, loop));
  VsockConnections& connections = device->connections_;
  if (connector.valid()) {
    connections.use_connector(
        TRY(VsockConnector::create(std::move(connector), loop, [&connections](std::uint32_t id, FileDescriptor stream) {
          connections.host_answered(id, std::move(stream));
        })));
  }
  if (listener.valid()) {
    device->listener_ = TRY(VsockListener::create(std::move(listener), loop, options.listener,
                                                  [&connections](FileDescriptor stream, std::uint32_t guest_port) {
                                                    connections.open_from_host(std::move(stream), guest_port);
                                                  }));
  }
  return device;
}

VsockDevice::VsockDevice(const VsockOptions& options, EventLoop& loop)
    : guest_cid_(options.guest_cid), connections_(options, loop, vsock_counters_, [this] { serve_receive(); }) {
  assert(is_guest_cid(guest_cid_));
}

std::uint32_t VsockDevice::type() const {
  return VIRTIO_ID_VSOCK;
}

std::uint64_t VsockDevice::features() const {
  return std::uint64_t{1} << VIRTIO_VSOCK_F_STREAM;
}

void VsockDevice::read_configuration(std::uint64_t offset, std::span<std::uint8_t> data) {
  read_structure(virtio_vsock_config{.guest_cid = guest_cid_}, offset, data);
}

void VsockDevice::activate(std::uint64_t) {
  is_active_ = true;
  connections_.set_present(true);
}

void VsockDevice::reset() {
  is_active_ = false;
  transmit_waits_ = false;
  transport_reset_pending_ = false;
  connections_.set_present(false);
}

void VsockDevice::notified(std::uint16_t queue) {
  switch (queue) {
  case receive_queue:
    return serve_receive();
  case transmit_queue:
    return serve_transmit();
  default:
    return serve_event();
  }
}

void VsockDevice::serve_receive() {
  if (!is_active_) return;
  serve(
      receive_queue, [this] { return connections_.has_packet(); },
      [this](const DescriptorChain& chain) { put_packet(chain); });
  host().interrupt_used(receive_queue);
  if (!transmit_waits_ || connections_.waiting_resets() > maximum_waiting_resets / 2) return;
  transmit_waits_ = false;
  host().serve_later(transmit_queue);
}

void VsockDevice::put_packet(const DescriptorChain& chain) {
  std::uint32_t size_bytes = 0;
  if (chain.writable.size_bytes() < sizeof(virtio_vsock_hdr)) {
    host().report_fault("a buffer for a packet has no room for its header");
  } else {
    size_bytes = connections_.put_packet(chain.writable);
    add(counters().bytes_to_guest, size_bytes - sizeof(virtio_vsock_hdr));
  }
  host().queue(receive_queue).push(chain.head, size_bytes);
}

void VsockDevice::serve_transmit() {
  const auto may_take = [this] { return connections_.waiting_resets() < maximum_waiting_resets; };
  serve(transmit_queue, may_take, [this](const DescriptorChain& chain) { take_packet(chain); });
  host().interrupt_used(transmit_queue);
  transmit_waits_ = !may_take();
  serve_receive();
}

void VsockDevice::take_packet(const DescriptorChain& chain) {
  if (const auto header = read_vsock_header(chain.readable)) {
    handle_packet(*header, chain.readable);
  } else {
    host().report_fault("a packet without a whole header");
  }
  host().queue(transmit_queue).push(chain.head, 0);
}

// virtio 1.2 §5.10.6.6: who is addressed wrongly hears RST; a wrong sender cannot be answered.
void VsockDevice::handle_packet(const virtio_vsock_hdr& header, const BufferList& packet) {
  if (header.src_cid != guest_cid_) return host().report_fault("a packet from an address that is not the guest's");
  if (!is_well_formed(header, packet)) {
    host().report_fault("a packet that is not well-formed");
    return connections_.reject(header);
  }
  if (header.type != VIRTIO_VSOCK_TYPE_STREAM || header.dst_cid != vsock_host_cid) return connections_.reject(header);
  add(counters().bytes_from_guest, header.len);
  connections_.receive(header, packet.slice(sizeof header, header.len));
}

void VsockDevice::reset_transport() {
  connections_.set_present(is_active_);
  transport_reset_pending_ = is_active_;
  if (is_active_) serve_event();
}

void VsockDevice::serve_event() {
  serve(
      event_queue, [this] { return transport_reset_pending_; },
      [this](const DescriptorChain& chain) { put_event(chain); });
  host().interrupt_used(event_queue);
}

void VsockDevice::put_event(const DescriptorChain& chain) {
  const virtio_vsock_event event{.id = VIRTIO_VSOCK_EVENT_TRANSPORT_RESET};
  // SAFETY: a trivially copyable structure seen as bytes.
  const std::span bytes(reinterpret_cast<const std::uint8_t*>(&event), sizeof event);
  const auto written = static_cast<std::uint32_t>(chain.writable.write(0, bytes));
  transport_reset_pending_ = written != sizeof event;
  if (transport_reset_pending_) host().report_fault("a buffer for an event is too small");
  host().queue(event_queue).push(chain.head, written);
}

VsockState VsockDevice::state() const {
  return {.guest_cid = guest_cid_,
          .next_host_port = connections_.next_host_port(),
          .transport_reset_pending = transport_reset_pending_};
}

} // namespace volt::virtio
