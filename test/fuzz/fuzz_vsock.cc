// Fuzzes virtio-vsock: a guest that sends anything, programs of the host that do anything, a broker that answers
// anything.
#include <cstdlib>
#include <cstring>
#include <sys/socket.h>

#include "hostile_driver.h"
#include "support/vsock_host.h"

namespace volt::test {

namespace {

constexpr int maximum_acts = 300;
constexpr std::size_t maximum_programs = 32;
constexpr virtio::VsockOptions options{
    .guest_cid = 42, .buffer_bytes = 8192, .maximum_connections = 6, .listener = {.handshakes = 3}};
constexpr std::uint16_t receive_queue = 0;
constexpr std::uint16_t transmit_queue = 1;
constexpr std::uint64_t packet_address = data_address + (2 << 20);

class VsockGame {
public:
  explicit VsockGame(FuzzedDataProvider& input)
      : input_(input), bench_([this](virtio::EventLoop& loop) { return host_.make_device(options, loop); }),
        driver_(bench_, input, 3) {}

  void play() {
    auto& device = dynamic_cast<virtio::VsockDevice&>(bench_.device());
    for (int act = 0; act < maximum_acts && input_.remaining_bytes() > 0; ++act) {
      step(device);
      if (device.vsock_counters().connections > options.maximum_connections) std::abort();
    }
  }

private:
  void step(virtio::VsockDevice& device) {
    switch (input_.ConsumeIntegralInRange(0, 9)) {
    case 0:
    case 1:
    case 2:
      return send_packet();
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
      return disturb(device);
    default:
      return driver_.act();
    }
  }

  void send_packet() {
    virtio_vsock_hdr header{};
    header.src_cid = options.guest_cid;
    header.dst_cid = input_.ConsumeIntegralInRange(0, 15) == 0 ? 3 : 2;
    header.src_port = input_.ConsumeIntegralInRange<std::uint32_t>(0, 3);
    header.dst_port = input_.ConsumeIntegralInRange<std::uint32_t>(0, 2);
    if (input_.ConsumeBool()) header.dst_port += 1U << 30;
    header.type = input_.ConsumeIntegralInRange<std::uint16_t>(0, 15) == 0 ? 2 : 1;
    header.op = input_.ConsumeIntegralInRange<std::uint16_t>(0, 8);
    header.flags = input_.ConsumeIntegralInRange<std::uint32_t>(0, 3);
    header.buf_alloc = input_.ConsumeIntegral<std::uint16_t>();
    header.fwd_cnt = input_.ConsumeIntegral<std::uint16_t>();
    const std::uint32_t data_bytes = header.op == VIRTIO_VSOCK_OP_RW ? input_.ConsumeIntegral<std::uint16_t>() : 0U;
    header.len = input_.ConsumeIntegralInRange(0, 15) == 0 ? input_.ConsumeIntegral<std::uint32_t>() : data_bytes;
    // SAFETY: a structure seen as bytes.
    driver_.driver().fill(packet_address, {reinterpret_cast<const std::uint8_t*>(&header), sizeof header});
    const auto size_bytes = static_cast<std::uint32_t>(sizeof header + data_bytes);
    driver_.driver().add(transmit_queue, {{packet_address, size_bytes}}, {});
    driver_.driver().notify(transmit_queue);
  }

  void add_buffer() {
    const auto size_bytes = input_.ConsumeIntegral<std::uint16_t>() + 1U;
    driver_.driver().add(receive_queue, {}, {{data_address, size_bytes}});
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
      static_cast<void>(read_now(program, input_.ConsumeIntegral<std::uint16_t>()));
      break;
    default:
      write_now(program, std::string(input_.ConsumeIntegral<std::uint16_t>(), 'p'));
      break;
    }
    bench_.loop().turn();
  }

  void connect() {
    if (programs_.size() >= maximum_programs) return;
    std::string line = "CONNECT " + std::to_string(input_.ConsumeIntegralInRange(0, 3)) + "\n";
    if (input_.ConsumeIntegralInRange(0, 3) == 0) line = input_.ConsumeRandomLengthString(40);
    programs_.push_back(host_.connect_program());
    write_now(programs_.back(), line);
    bench_.loop().turn();
    bench_.loop().turn();
  }

  void disturb(virtio::VsockDevice& device) {
    switch (input_.ConsumeIntegralInRange(0, 15)) {
    case 0:
      return host_.close_broker();
    case 1:
      return device.reset_transport();
    default:
      return bench_.loop().turn();
    }
  }

  FuzzedDataProvider& input_;
  VsockHost host_;
  VirtioBench bench_;
  HostileDriver driver_;
  std::vector<FileDescriptor> programs_;
};

} // namespace

} // namespace volt::test

// The name is libFuzzer's.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider input(data, size);
  volt::test::VsockGame(input).play();
  return 0;
}
