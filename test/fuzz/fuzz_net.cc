// Fuzzes the network device on a stand-in for a tap, with several pairs, or on a stream; the fuzzer is the other end
// too.
#include <csignal>
#include <sys/socket.h>

#include "hostile_driver.h"
#include "support/net_bench.h"

namespace volt::test {

namespace {

constexpr int maximum_acts = 300;

/// The guest's half: a hostile driver, and frames and commands that are sound but for their numbers.
class NetGame {
public:
  NetGame(FuzzedDataProvider& input, NetBench& net, std::uint16_t queues)
      : input_(input), net_(net), driver_(net.bench, input, queues) {}

  /// `act_of_peer` does one thing at the other end.
  template <typename Act>
  void play(const Act& act_of_peer) {
    for (int act = 0; act < maximum_acts && input_.remaining_bytes() > 0; ++act) {
      switch (input_.ConsumeIntegralInRange(0, 6)) {
      case 0:
        send_frame();
        break;
      case 1:
        add(false, {{place(), input_.ConsumeIntegralInRange<std::uint32_t>(1, 70000)}});
        break;
      case 2:
        send_command();
        break;
      case 3:
      case 4:
        act_of_peer();
        net_.turn();
        break;
      default:
        driver_.act();
      }
    }
  }

private:
  /// Behind what the hostile driver plays with.
  [[nodiscard]] std::uint64_t place() {
    return 0x200000 + 0x20000 * input_.ConsumeIntegralInRange<std::uint64_t>(0, 15);
  }
  void add(bool is_readable, const std::vector<Buffer>& buffers, const std::vector<Buffer>& answer = {}) {
    const std::uint16_t queue = driver_.pick_queue();
    driver_.driver().add(queue, is_readable ? buffers : std::vector<Buffer>{}, is_readable ? answer : buffers);
    driver_.driver().notify(queue);
  }
  void send_frame() {
    virtio::virtio_net_hdr_v1 header{};
    if (input_.ConsumeBool()) input_.ConsumeData(&header, sizeof header);
    constexpr std::size_t sizes[] = {14, 15, 60, 1514, 9014, 65550, 65551};
    const Bytes bytes =
        with_header(make_frame(input_.PickValueInArray(sizes), 1, input_.ConsumeBool() ? own_mac : other_mac), header);
    const std::uint64_t address = place();
    const auto first = input_.ConsumeIntegralInRange<std::uint32_t>(1, 26);
    driver_.driver().fill(address, bytes);
    add(true, {{address, first}, {address + first, static_cast<std::uint32_t>(bytes.size()) - first}});
  }
  void send_command() {
    const auto bytes = input_.ConsumeBytes<std::uint8_t>(input_.ConsumeIntegralInRange<std::size_t>(1, 40));
    if (bytes.empty()) return;
    const std::uint64_t address = place();
    driver_.driver().fill(address, bytes);
    add(true, {{address, static_cast<std::uint32_t>(bytes.size())}}, {{address + 64, 1}});
  }

  FuzzedDataProvider& input_;
  NetBench& net_;
  HostileDriver driver_;
};

void play_on_tap(FuzzedDataProvider& input) {
  virtio::NetOptions options = options_with(input.ConsumeIntegralInRange<std::uint16_t>(1, 2));
  options.prevent_spoofing = input.ConsumeBool();
  TapBench bench(options);
  NetGame game(input, bench.net, bench.net.device().queue_count());
  game.play([&] {
    const auto port = input.ConsumeIntegralInRange<std::uint16_t>(0, static_cast<std::uint16_t>(options.pairs - 1));
    FileDescriptor& peer = bench.tap.far_end(port);
    switch (input.ConsumeIntegralInRange(0, 31)) {
    case 0:
      peer = FileDescriptor();
      break;
    case 1:
      bench.tap.is_gone = true;
      break;
    case 2:
    case 3:
    case 4:
    case 5:
      static_cast<void>(take_message(peer.get()));
      break;
    default:
      virtio::virtio_net_hdr_v1 header{};
      if (input.ConsumeBool()) input.ConsumeData(&header, sizeof header);
      const Bytes bytes = with_header(make_frame(14 + input.ConsumeIntegral<std::uint16_t>()), header);
      static_cast<void>(!send(peer.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
    }
  });
}

void play_on_stream(FuzzedDataProvider& input) {
  StreamBench bench;
  NetGame game(input, bench.net, 3);
  const auto put = [&](const Bytes& bytes) {
    static_cast<void>(!send(bench.far_end.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
  };
  game.play([&] {
    switch (input.ConsumeIntegralInRange(0, 31)) {
    case 0:
      bench.far_end = FileDescriptor();
      break;
    case 1:
      shutdown(bench.far_end.get(), input.ConsumeBool() ? SHUT_WR : SHUT_RD);
      break;
    case 2:
    case 3:
      static_cast<void>(take_message(bench.far_end.get()));
      break;
    case 4:
      put(input.ConsumeBytes<std::uint8_t>(input.ConsumeIntegralInRange<std::size_t>(1, 64)));
      break;
    default:
      put(with_length(make_frame(14 + input.ConsumeIntegral<std::uint16_t>())));
    }
  });
  bench.far_end = FileDescriptor(); // the device does not wait for the rest of a frame
}

} // namespace

} // namespace volt::test

// The name is libFuzzer's.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static_cast<void>(std::signal(SIGPIPE, SIG_IGN)); // a tap has none, its stand-in does
  FuzzedDataProvider input(data, size);
  if (input.ConsumeBool())
    volt::test::play_on_tap(input);
  else
    volt::test::play_on_stream(input);
  return 0;
}
