// Fuzzes the network device on a tap with several pairs, or on a stream; the fuzzer is the other end too.
#include <cstring>
#include <sys/socket.h>

#include "devices/virtio/net_device.h"
#include "devices/virtio/stream_frames.h"
#include "host/host_socket.h"
#include "hostile_driver.h"

namespace volt::test {

namespace {

constexpr virtio::MacAddress own_mac{0x02, 0, 0, 0, 0, 1};
constexpr std::size_t source_offset = virtio::mac_bytes;

/// A frame that each game sends parts of.
std::span<const std::uint8_t> frame_of(std::size_t size_bytes) {
  static const auto bytes = [] {
    std::vector<std::uint8_t> longest(virtio::maximum_frame_bytes + 2, std::uint8_t{0x5a});
    std::ranges::copy(own_mac, longest.begin() + source_offset);
    return longest;
  }();
  return std::span(bytes).first(std::min(size_bytes, bytes.size()));
}

class NetGame {
public:
  explicit NetGame(FuzzedDataProvider& input)
      : input_(input), options_(make_options(input)),
        bench_([this](virtio::EventLoop&) { return make_device(); }, 256, fuzz_memory()),
        device_(static_cast<virtio::NetDevice&>(bench_.device())),
        driver_(bench_, input, device_.queue_count(), {"receive", "transmit"}) {}
  // The device does not wait for the rest of a frame.
  ~NetGame() { far_ends_.clear(); }
  NetGame(const NetGame&) = delete;
  NetGame& operator=(const NetGame&) = delete;

  [[nodiscard]] VirtioBench& bench() { return bench_; }
  void act() {
    switch (input_.ConsumeIntegralInRange(0, 7)) {
    case 0:
    case 1:
      return send_frame();
    case 2:
      return add_room();
    case 3:
      return send_command();
    case 4:
    case 5:
      act_as_peer();
      static_cast<void>(device_.state());
      return bench_.loop().turn();
    default:
      return driver_.act();
    }
  }

private:
  [[nodiscard]] bool is_tap() const { return options_.transport == virtio::NetOptions::Transport::tap; }

  static virtio::NetOptions make_options(FuzzedDataProvider& input) {
    virtio::NetOptions options;
    options.mac = own_mac;
    if (input.ConsumeBool())
      options.transport = virtio::NetOptions::Transport::stream;
    else
      options.pairs = input.ConsumeIntegralInRange<std::uint16_t>(1, 2);
    options.offloads = input.ConsumeIntegralInRange(0, 7) > 0;
    options.prevent_spoofing = input.ConsumeBool();
    return options;
  }

  std::unique_ptr<virtio::NetDevice> make_device() {
    std::vector<FileDescriptor> ends;
    HostKernel& kernel = HostKernel::instance();
    for (std::uint16_t pair = 0; pair < options_.pairs; ++pair) {
      const auto near = is_tap() ? std::make_shared<HostTap>() : std::make_shared<HostSocket>(SOCK_STREAM);
      const auto far = std::make_shared<HostSocket>(near->type());
      HostSocket::join(near, far);
      ends.emplace_back(kernel.open(near));
      far_ends_.emplace_back(kernel.open(far));
    }
    auto made = virtio::NetDevice::create(options_, std::move(ends), [](const std::string&) {});
    if (!made.ok()) std::abort();
    return std::move(made).value();
  }

  void add(std::uint16_t queue, const std::vector<Buffer>& readable, const std::vector<Buffer>& writable) {
    driver_.driver().add(queue, readable, writable);
    driver_.driver().notify(queue);
  }

  /// Mostly to a transmit queue, with a header that may lie.
  void send_frame() {
    constexpr std::uint32_t sizes[] = {13, 14, 60, 1514, 9014, 65550, 65551};
    virtio::virtio_net_hdr_v1 header{};
    if (input_.ConsumeBool()) input_.ConsumeData(&header, sizeof header);
    const std::uint32_t size_bytes = sizeof header + input_.PickValueInArray(sizes);
    const std::uint64_t place = driver_.pick_place(size_bytes);
    // SAFETY: a structure seen as bytes.
    driver_.driver().fill(place, {reinterpret_cast<const std::uint8_t*>(&header), sizeof header});
    driver_.driver().fill(place + sizeof header, frame_of(input_.ConsumeBool() ? 14 : 6));
    const auto first = input_.ConsumeIntegralInRange<std::uint32_t>(1, 24);
    add(input_.ConsumeBool() ? std::uint16_t{1} : driver_.pick_queue(),
        {{place, first}, {place + first, size_bytes - first}}, {});
  }

  void add_room() {
    const auto size_bytes =
        input_.ConsumeBool() ? std::uint32_t{65562} : input_.ConsumeIntegralInRange<std::uint32_t>(1, 2000);
    add(input_.ConsumeBool() ? std::uint16_t{0} : driver_.pick_queue(), {},
        {{driver_.pick_place(size_bytes), size_bytes}});
  }

  void send_command() {
    const std::uint64_t place = driver_.pick_place(128);
    auto bytes = driver_.pick_bytes(40);
    if (input_.ConsumeBool()) bytes = sound_command();
    driver_.driver().fill(place, bytes);
    const auto control = static_cast<std::uint16_t>(device_.queue_count() - 1);
    add(input_.ConsumeBool() ? control : driver_.pick_queue(), {{place, static_cast<std::uint32_t>(bytes.size())}},
        {{place + 64, 1}});
  }

  /// Of its class the right length.
  std::vector<std::uint8_t> sound_command() {
    switch (input_.ConsumeIntegralInRange(0, 3)) {
    case 0:
      return {virtio::VIRTIO_NET_CTRL_RX, input_.ConsumeIntegralInRange<std::uint8_t>(0, 2), 1};
    case 1:
      return {
          virtio::VIRTIO_NET_CTRL_MAC, virtio::VIRTIO_NET_CTRL_MAC_TABLE_SET, 1, 0, 0, 0, 2, 0, 0, 0, 0, 1, 0, 0, 0, 0};
    case 2:
      return {virtio::VIRTIO_NET_CTRL_MQ, virtio::VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET,
              input_.ConsumeIntegralInRange<std::uint8_t>(0, 3), 0};
    default:
      return {virtio::VIRTIO_NET_CTRL_GUEST_OFFLOADS,
              virtio::VIRTIO_NET_CTRL_GUEST_OFFLOADS_SET,
              input_.ConsumeIntegral<std::uint8_t>(),
              input_.ConsumeIntegral<std::uint8_t>(),
              0,
              0,
              0,
              0,
              input_.ConsumeIntegral<std::uint8_t>(),
              0};
    }
  }

  void act_as_peer() {
    FileDescriptor& peer = far_ends_[input_.ConsumeIntegralInRange<std::size_t>(0, far_ends_.size() - 1)];
    if (!peer.valid()) return;
    switch (input_.ConsumeIntegralInRange(0, 31)) {
    case 0:
      peer = FileDescriptor();
      return;
    case 1:
      ::shutdown(peer.get(), input_.ConsumeIntegralInRange(0, 2));
      return;
    case 2:
    case 3:
    case 4:
    case 5:
      return read_from(peer);
    case 6:
      return put(peer, driver_.pick_bytes(64));
    case 7: // many, so that one call finds several
      for (int count = 0; count < 80; ++count)
        put_frame(peer, 20);
      return;
    case 8:
      return put_frame(peer, 65535 + input_.ConsumeIntegralInRange<std::size_t>(0, 20));
    default:
      return put_frame(peer, input_.ConsumeIntegralInRange<std::size_t>(0, 2000));
    }
  }

  static void read_from(const FileDescriptor& peer) {
    static std::vector<std::uint8_t> bytes(2 * virtio::maximum_frame_bytes);
    static_cast<void>(recv(peer.get(), bytes.data(), bytes.size(), MSG_DONTWAIT));
  }

  static void put(const FileDescriptor& peer, std::span<const std::uint8_t> bytes) {
    static_cast<void>(!send(peer.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL));
  }

  void put_frame(const FileDescriptor& peer, std::size_t size_bytes) {
    const auto frame = frame_of(size_bytes);
    std::vector<std::uint8_t> bytes;
    if (is_tap()) {
      bytes.resize(sizeof(virtio::virtio_net_hdr_v1));
      if (input_.ConsumeBool()) input_.ConsumeData(bytes.data(), bytes.size());
    } else {
      const auto length = virtio::length_before(static_cast<std::uint32_t>(frame.size()));
      bytes.assign(length.begin(), length.end());
    }
    bytes.insert(bytes.end(), frame.begin(), frame.end());
    put(peer, bytes);
  }

  FuzzedDataProvider& input_;
  const virtio::NetOptions options_;
  std::vector<FileDescriptor> far_ends_;
  VirtioBench bench_;
  virtio::NetDevice& device_;
  HostileDriver driver_;
};

} // namespace

} // namespace volt::test

// The name is libFuzzer's.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return volt::test::run_game<volt::test::NetGame>(data, size);
}
