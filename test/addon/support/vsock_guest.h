// A vsock device between a guest's driver, which sends and receives packets, and the host's sockets.
#pragma once

#include <string>
#include <string_view>

#include "support/virtio_driver.h"
#include "support/vsock_host.h"

namespace volt::test {

constexpr std::uint64_t guest_cid = 42;
constexpr std::uint16_t receive_queue = 0;
constexpr std::uint16_t transmit_queue = 1;
constexpr std::uint16_t event_queue = 2;

struct VsockPacket {
  virtio_vsock_hdr header;
  std::string data;
};

class VsockGuest {
public:
  /// The driver runs, with `buffers` receive buffers of `buffer_bytes` each, at most as many as the queue has room for.
  explicit VsockGuest(const virtio::VsockOptions& options = {.guest_cid = guest_cid}, unsigned buffers = 16,
                      std::uint32_t buffer_bytes = 4096);

  [[nodiscard]] VirtioBench& bench() { return bench_; }
  [[nodiscard]] VirtioDriver& driver() { return driver_; }
  [[nodiscard]] virtio::VsockDevice& device();
  [[nodiscard]] const virtio::VsockCounters& counters() { return device().vsock_counters(); }
  void turn(std::chrono::milliseconds patience = std::chrono::milliseconds(0)) { bench_.loop().turn(patience); }

  // The guest.

  /// A header from the guest's port to the host's with 1 MiB of credit.
  [[nodiscard]] static virtio_vsock_hdr header(std::uint16_t operation, virtio::VsockPorts ports);
  /// Sends what may be no sound packet, and takes back its buffer.
  void send(virtio_vsock_hdr header, std::string_view data = {});
  void send(std::uint16_t operation, virtio::VsockPorts ports, std::string_view data = {});
  /// The next packet that comes, for ten seconds at most; its buffer goes back to the device.
  [[nodiscard]] std::optional<VsockPacket> receive();
  /// The next packet that is there already.
  [[nodiscard]] std::optional<VsockPacket> receive_now();
  /// The operation of receive(); 0 where nothing came.
  [[nodiscard]] std::uint16_t receive_operation();
  /// Turns the loop until nothing more happens, and says which operations came.
  [[nodiscard]] std::vector<std::uint16_t> settle();
  /// Adds a receive buffer.
  void add_buffer(std::uint16_t slot);

  // The host.

  [[nodiscard]] VsockHost& host() { return host_; }
  [[nodiscard]] FileDescriptor connect_program() const { return host_.connect_program(); }
  [[nodiscard]] virtio::ConnectRequest take_request() const { return host_.take_request(); }
  /// As VsockHost's, and the device takes it.
  template <typename Answer>
  void answer(std::uint32_t id, const Answer& answer) {
    host_.answer(id, answer);
    turn();
  }

  /// A connection that the guest opened, up to its RESPONSE; the host program's end.
  [[nodiscard]] FileDescriptor open_from_guest(virtio::VsockPorts ports);
  /// A connection that a host program opened to a guest's port, up to its OK line; its ports and the program's end.
  [[nodiscard]] std::pair<virtio::VsockPorts, FileDescriptor> open_from_host(std::uint32_t guest_port);

private:
  VsockHost host_;
  std::uint32_t buffer_bytes_;
  VirtioBench bench_;
  VirtioDriver driver_{bench_};
  std::array<std::uint16_t, 256> slots_{}; // of receive buffers, by the head of their chain
};

/// All of it at once.
void write_all(const FileDescriptor& stream, std::string_view text);

} // namespace volt::test
