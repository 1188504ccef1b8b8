// Fuzzes virtio-vsock: a guest that sends anything, programs of the host that do anything, a broker that answers
// anything.
#include <cstdlib>
#include <cstring>
#include <sys/socket.h>

#include "hostile_driver.h"
#include "support/vsock_host.h"

namespace volt::test {

namespace {

constexpr std::size_t maximum_programs = 12;
constexpr virtio::VsockOptions options{
    .guest_cid = 42, .buffer_bytes = 8192, .maximum_connections = 6, .listener = {.handshakes = 3}};
constexpr std::uint32_t first_host_port = 1U << 30;
constexpr std::uint16_t receive_queue = 0;
constexpr std::uint16_t transmit_queue = 1;

class VsockGame {
public:
  explicit VsockGame(FuzzedDataProvider& input)
      : input_(input),
        bench_([this](virtio::EventLoop& loop) { return host_.make_device(options, loop); }, 256, fuzz_memory()),
        device_(static_cast<virtio::VsockDevice&>(bench_.device())), driver_(bench_, input, 3) {}

  [[nodiscard]] VirtioBench& bench() { return bench_; }
  void act() {
    step();
    if (device_.vsock_counters().connections > options.maximum_connections) std::abort();
  }

private:
  void step() {
    switch (input_.ConsumeIntegralInRange(0, 12)) {
    case 0:
    case 1:
      return send_packet(pick_header());
    case 2:
      return open_from_guest();
    case 10:
      return open_from_host();
    case 11:
      return send_data();
    case 3:
      return add_buffer();
    case 4:
      return answer();
    case 5:
    case 6:
      return use_program();
    case 7:
      return connect();
    case 8:
      return disturb();
    default:
      return driver_.act();
    }
  }

  /// Of a few ports, so that packets meet their connections.
  virtio_vsock_hdr pick_header() {
    virtio_vsock_hdr header{};
    header.src_cid = options.guest_cid;
    header.dst_cid = input_.ConsumeIntegralInRange(0, 15) == 0 ? 3 : 2;
    header.src_port = input_.ConsumeIntegralInRange<std::uint32_t>(0, 3);
    header.dst_port = input_.ConsumeIntegralInRange<std::uint32_t>(0, 2);
    if (input_.ConsumeBool()) header.dst_port += first_host_port;
    header.type = input_.ConsumeIntegralInRange<std::uint16_t>(0, 15) == 0 ? 2 : 1;
    header.op = input_.ConsumeIntegralInRange<std::uint16_t>(0, 8);
    header.flags = input_.ConsumeIntegralInRange<std::uint32_t>(0, 3);
    header.buf_alloc = input_.ConsumeIntegral<std::uint16_t>();
    header.fwd_cnt = input_.ConsumeIntegral<std::uint16_t>();
    if (input_.ConsumeIntegralInRange(0, 15) == 0) header.len = input_.ConsumeIntegral<std::uint32_t>();
    return header;
  }

  /// A sound packet of an operation.
  virtio_vsock_hdr packet(std::uint16_t operation, std::uint32_t guest_port, std::uint32_t host_port) {
    virtio_vsock_hdr header{};
    header.src_cid = options.guest_cid;
    header.dst_cid = 2;
    header.src_port = guest_port;
    header.dst_port = host_port;
    header.type = 1;
    header.op = operation;
    header.buf_alloc = 65536;
    return header;
  }

  void send_packet(const virtio_vsock_hdr& header, std::uint32_t data_bytes = 0) {
    const std::uint64_t place = driver_.pick_place(sizeof header + data_bytes);
    // SAFETY: a structure seen as bytes.
    driver_.driver().fill(place, {reinterpret_cast<const std::uint8_t*>(&header), sizeof header});
    driver_.driver().add(transmit_queue, {{place, static_cast<std::uint32_t>(sizeof header) + data_bytes}}, {});
    driver_.driver().notify(transmit_queue);
  }

  void open_from_guest() {
    const auto port = input_.ConsumeIntegralInRange<std::uint32_t>(0, 2);
    send_packet(packet(VIRTIO_VSOCK_OP_REQUEST, port, port));
    answer();
  }

  /// The guest accepts what a program asked for, or what none did.
  void open_from_host() {
    if (input_.ConsumeBool()) connect();
    add_buffer();
    send_packet(packet(VIRTIO_VSOCK_OP_RESPONSE, input_.ConsumeIntegralInRange<std::uint32_t>(0, 3),
                       first_host_port + input_.ConsumeIntegralInRange<std::uint32_t>(0, 3)));
  }

  void send_data() {
    const auto port = input_.ConsumeIntegralInRange<std::uint32_t>(0, 3);
    virtio_vsock_hdr header = packet(VIRTIO_VSOCK_OP_RW, port, input_.ConsumeBool() ? port : first_host_port + port);
    header.len = input_.ConsumeIntegralInRange<std::uint32_t>(0, 9000);
    send_packet(header, header.len);
  }

  void add_buffer() {
    const auto size_bytes = input_.ConsumeIntegralInRange<std::uint32_t>(1, 9000);
    driver_.driver().add(receive_queue, {}, {{driver_.pick_place(size_bytes), size_bytes}});
    driver_.driver().notify(receive_queue);
  }

  void answer() {
    const std::uint32_t id = host_.take_request().id + (input_.ConsumeIntegralInRange(0, 15) == 0 ? 1U : 0U);
    if (programs_.size() < maximum_programs && input_.ConsumeIntegralInRange(0, 3) > 0) {
      StreamPair pair;
      host_.answer(id, pair.device);
      programs_.push_back(std::move(pair.program));
    } else {
      host_.answer(id, input_.ConsumeIntegralInRange(0, 1));
    }
    bench_.loop().turn();
  }

  void use_program() {
    if (programs_.empty()) return;
    const auto index = input_.ConsumeIntegralInRange<std::size_t>(0, programs_.size() - 1);
    const FileDescriptor& program = programs_[index];
    switch (input_.ConsumeIntegralInRange(0, 4)) {
    case 0:
      programs_.erase(programs_.begin() + static_cast<std::ptrdiff_t>(index));
      break;
    case 1:
      shutdown(program.get(), input_.ConsumeIntegralInRange(0, 2));
      break;
    case 2:
      static_cast<void>(read_now(program, input_.ConsumeIntegralInRange<std::size_t>(1, 9000)));
      break;
    default:
      write_now(program, std::string(input_.ConsumeIntegralInRange<std::size_t>(1, 9000), 'p'));
      break;
    }
    bench_.loop().turn();
  }

  void connect() {
    if (programs_.size() >= maximum_programs || is_listener_shut_) return;
    std::string line = "CONNECT " + std::to_string(input_.ConsumeIntegralInRange(0, 3)) + "\n";
    if (input_.ConsumeIntegralInRange(0, 3) == 0) line = input_.ConsumeRandomLengthString(40);
    programs_.push_back(host_.connect_program());
    write_now(programs_.back(), line);
    bench_.loop().turn();
    bench_.loop().turn();
  }

  void disturb() {
    switch (input_.ConsumeIntegralInRange(0, 15)) {
    case 0:
      return host_.close_broker();
    case 1:
      is_listener_shut_ = true;
      return host_.shut_listener();
    case 2:
      static_cast<void>(device_.state());
      return device_.reset_transport();
    default:
      return bench_.loop().turn();
    }
  }

  FuzzedDataProvider& input_;
  VsockHost host_;
  VirtioBench bench_;
  virtio::VsockDevice& device_;
  HostileDriver driver_;
  std::vector<FileDescriptor> programs_;
  bool is_listener_shut_ = false;
};

} // namespace

} // namespace volt::test

// The name is libFuzzer's.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return volt::test::run_game<volt::test::VsockGame>(data, size);
}
