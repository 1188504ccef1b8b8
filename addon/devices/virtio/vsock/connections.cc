// The table of connections.
#include "devices/virtio/vsock/connections.h"

#include <algorithm>
#include <cassert>
#include <tuple>

#include "devices/virtio/vsock/connect_line.h"
#include "devices/virtio/vsock/packet.h"

namespace volt::virtio {

namespace {

/// The host's ports for connections that host programs open: above all that guests use by themselves.
constexpr std::uint32_t first_host_port = 1U << 30;

template <typename Count>
void store(std::atomic<std::uint64_t>& gauge, Count value) {
  gauge.store(value, std::memory_order_relaxed);
}

void count(std::atomic<std::uint64_t>& counter, std::uint64_t by = 1) {
  counter.fetch_add(by, std::memory_order_relaxed);
}

} // namespace

VsockConnections::VsockConnections(const VsockOptions& options, EventLoop& loop, VsockCounters& counters,
                                   std::function<void()> packets_wait)
    : options_(options), loop_(loop), counters_(counters), packets_wait_(std::move(packets_wait)),
      next_host_port_(first_host_port), drains_(loop, options.drain_timeout, [this](std::uint64_t lost_bytes) {
        count(counters_.lost_bytes, lost_bytes);
        count_connections();
      }) {}

VsockConnections::~VsockConnections() {
  set_present(false);
}

void VsockConnections::set_present(bool guest_is_present) {
  guest_is_present_ = guest_is_present;
  while (!links_.empty())
    end(links_.begin(), Farewell::silent);
  resets_.clear();
}

void VsockConnections::open_from_guest(const virtio_vsock_hdr& request) {
  const auto id = is_full() || !connector_ ? std::nullopt : connector_->request(request.dst_port);
  if (!id) {
    count(counters_.refused);
    return reject(request);
  }
  const VsockConnection connection(request, options_.buffer_bytes);
  VsockLink& link = links_.emplace(connection.ports(), VsockLink(connection)).first->second;
  link.request = id;
  requests_.emplace(*id, connection.ports());
  set_timeout(link, options_.connect_timeout);
  count_connections();
}

void VsockConnections::host_answered(std::uint32_t request, FileDescriptor stream) {
  const auto asked = requests_.extract(request);
  if (asked.empty()) return;
  const auto found = links_.find(asked.mapped());
  assert(found != links_.end());
  VsockLink& link = found->second;
  link.request.reset();
  if (!stream.valid() || !attach(link, std::move(stream)).ok()) {
    count(counters_.refused);
    end(found, Farewell::reset);
  } else {
    link.connection.accept();
    clear_timeout(link);
    count(counters_.from_guest);
    settle(found);
  }
  packets_wait_();
}

void VsockConnections::open_from_host(FileDescriptor stream, std::uint32_t guest_port) {
  if (!guest_is_present_ || is_full()) return count(counters_.refused);
  const VsockPorts ports = pick_ports(guest_port);
  const VsockConnection connection(options_.guest_cid, ports, options_.buffer_bytes);
  const auto link = links_.emplace(ports, VsockLink(connection)).first;
  count_connections();
  if (!attach(link->second, std::move(stream)).ok()) {
    count(counters_.refused);
    return end(link, Farewell::silent);
  }
  set_timeout(link->second, options_.connect_timeout);
  queue(link->second);
  packets_wait_();
}

VsockPorts VsockConnections::pick_ports(std::uint32_t guest_port) {
  const auto next = [this] {
    const std::uint32_t port = next_host_port_++;
    if (next_host_port_ == vsock_any_port) next_host_port_ = first_host_port;
    return port;
  };
  VsockPorts ports{.guest = guest_port, .host = next()};
  while (links_.contains(ports)) // ends: there are far fewer links than ports
    ports.host = next();
  return ports;
}

bool VsockConnections::is_full() const {
  return links_.size() + drains_.size() >= options_.maximum_connections;
}

Result<void> VsockConnections::attach(VsockLink& link, FileDescriptor stream) {
  const int descriptor = stream.get();
  link.stream.emplace(std::move(stream));
  const VsockPorts ports = link.connection.ports();
  return loop_.watch(descriptor, HostStream::watched_events,
                     [this, ports](std::uint32_t events) { on_stream(ports, events); });
}

void VsockConnections::receive(const virtio_vsock_hdr& header, const BufferList& data) {
  const auto found = links_.find({.guest = header.src_port, .host = header.dst_port});
  if (found == links_.end()) return header.op == VIRTIO_VSOCK_OP_REQUEST ? open_from_guest(header) : reject(header);
  VsockLink& link = found->second;
  switch (link.connection.receive(header)) {
  case VsockConnection::Outcome::nothing:
  case VsockConnection::Outcome::shut:
    break;
  case VsockConnection::Outcome::established:
    establish(link);
    break;
  case VsockConnection::Outcome::data:
    link.take_data(data);
    break;
  case VsockConnection::Outcome::reset:
    if (!link.connection.is_open()) count(counters_.refused);
    return end(found, Farewell::silent);
  case VsockConnection::Outcome::violation:
    return reject(header);
  }
  settle(found);
}

// The line goes into an empty socket; where it does not fit, the host program is gone, which its stream will tell.
void VsockConnections::establish(VsockLink& link) {
  clear_timeout(link);
  count(counters_.from_host);
  link.stream->greet(accepted_line(link.connection.ports().host));
}

void VsockConnections::reject(const virtio_vsock_hdr& header) {
  const auto found = links_.find({.guest = header.src_port, .host = header.dst_port});
  if (found != links_.end() && header.dst_cid == vsock_host_cid && header.type == VIRTIO_VSOCK_TYPE_STREAM) {
    count(counters_.violations);
    end(found, Farewell::silent);
  }
  if (header.op != VIRTIO_VSOCK_OP_RST) resets_.push_back(vsock_reset_for(header));
}

void VsockConnections::on_stream(VsockPorts ports, std::uint32_t events) {
  const auto found = links_.find(ports);
  assert(found != links_.end());
  found->second.on_ready(events);
  settle(found);
  packets_wait_();
}

void VsockConnections::settle(Links::iterator link) {
  if (!link->second.settle()) return end(link, Farewell::reset);
  queue(link->second);
}

void VsockConnections::queue(VsockLink& link) {
  if (std::exchange(link.is_queued, true)) return;
  queued_.push_back(link.connection.ports());
}

bool VsockConnections::has_packet() {
  if (!resets_.empty()) return true;
  while (!queued_.empty()) {
    VsockLink& link = links_.at(queued_.front());
    if (const auto operation = link.next_operation()) {
      next_operation_ = *operation;
      return true;
    }
    link.is_queued = false;
    queued_.pop_front();
  }
  return false;
}

std::uint32_t VsockConnections::put_packet(const BufferList& to) {
  if (!resets_.empty()) {
    write_vsock_header(resets_.front(), to);
    resets_.pop_front();
    return sizeof(virtio_vsock_hdr);
  }
  VsockLink& link = links_.at(queued_.front());
  queued_.push_back(queued_.front()); // and the others get their turn
  queued_.pop_front();
  const std::uint32_t size_bytes = link.put_packet(next_operation_, to);
  if (link.connection.awaits_reset() && !link.timeout) set_timeout(link, options_.close_timeout);
  return size_bytes;
}

void VsockConnections::set_timeout(VsockLink& link, std::chrono::milliseconds patience) {
  link.timeout = loop_.set_timer(EventLoop::Clock::now() + patience, [this, ports = link.connection.ports()] {
    count(counters_.timeouts);
    const auto found = links_.find(ports);
    found->second.timeout.reset();
    end(found, Farewell::reset);
    packets_wait_();
  });
}

void VsockConnections::clear_timeout(VsockLink& link) {
  if (link.timeout) loop_.cancel_timer(*link.timeout);
  link.timeout.reset();
}

// Data that was taken from the guest still reaches its host program.
void VsockConnections::end(Links::iterator found, Farewell farewell) {
  VsockLink& link = found->second;
  clear_timeout(link);
  if (link.request) {
    connector_->forget(*link.request);
    requests_.erase(*link.request);
  }
  if (link.is_queued) std::erase(queued_, found->first);
  if (farewell == Farewell::reset && link.connection.is_known_to_guest())
    resets_.push_back(link.connection.make_packet(VIRTIO_VSOCK_OP_RST, 0));
  if (link.stream) {
    loop_.unwatch(link.stream->descriptor());
    if (link.stream->is_flushed()) {
      count(counters_.lost_bytes, link.stream->lost_bytes());
    } else {
      drains_.add(*std::move(link.stream));
    }
  }
  links_.erase(found);
  count_connections();
}

void VsockConnections::count_connections() {
  store(counters_.connections, links_.size() + drains_.size());
}

} // namespace volt::virtio
