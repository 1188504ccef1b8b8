// Rate limits of a network device, and its loop on a thread.
#include <doctest/doctest.h>
#include <linux/virtio_mmio.h>
#include <thread>

#include "support/net_bench.h"

namespace volt::test {

using namespace virtio;

namespace {

/// One frame at once, then one after a tenth of a second.
constexpr RateLimit ten_a_second{.bandwidth = std::nullopt, .operations = TokenRate{.per_second = 10, .burst = 1}};

} // namespace

TEST_SUITE("devices/virtio/net_rate") {
  TEST_CASE("frames from the guest wait for the transmit rate, in order") {
    NetOptions options = options_with();
    options.transmit = ten_a_second;
    TapBench bench(options);
    bench.start();
    for (std::uint8_t seed = 1; seed <= 3; ++seed)
      bench.net.offer_frame(with_header(make_frame(60, seed)));
    const auto begin = std::chrono::steady_clock::now();
    bench.net.driver.notify(1);
    CHECK(bench.sent() == with_header(make_frame(60, 1)));
    CHECK(bench.sent().empty());
    for (int count = 0; count < 3; ++count)
      REQUIRE(bench.net.driver.wait_used(1));
    CHECK(std::chrono::steady_clock::now() - begin >= std::chrono::milliseconds(200));
    CHECK(bench.sent() == with_header(make_frame(60, 2)));
    CHECK(bench.sent() == with_header(make_frame(60, 3)));
    CHECK(bench.net.device().counters().throttled >= 2);
  }

  TEST_CASE("frames to the guest wait for the receive rate, which counts bytes too") {
    NetOptions options = options_with();
    options.receive.bandwidth = TokenRate{.per_second = 10'000, .burst = 1};
    TapBench bench(options);
    bench.start();
    for (int count = 0; count < 3; ++count)
      bench.net.offer_room(2000);
    const auto begin = std::chrono::steady_clock::now();
    for (int count = 0; count < 3; ++count)
      bench.arrive(make_frame(1000));
    CHECK(bench.net.device().net_counters().frames_to_guest == 1);
    for (int count = 0; count < 3; ++count)
      REQUIRE(bench.net.driver.wait_used(0));
    CHECK(std::chrono::steady_clock::now() - begin >= std::chrono::milliseconds(199));
  }

  TEST_CASE("what waits for a limit that is changed waits no longer") {
    NetOptions options = options_with();
    const TokenRate slow{.per_second = 1, .burst = 1};
    options.transmit.bandwidth = slow;
    options.receive.bandwidth = slow;
    TapBench bench(options);
    bench.start();
    for (int count = 0; count < 2; ++count) {
      bench.net.offer_room(2000);
      bench.net.offer_frame(with_header(make_frame(60)));
    }
    bench.net.driver.notify(1);
    CHECK(bench.net.driver.take_used(1));
    CHECK(!bench.net.driver.take_used(1));
    for (int count = 0; count < 2; ++count)
      bench.arrive(make_frame(1000));
    CHECK(bench.net.device().net_counters().frames_to_guest == 1);
    CHECK(!bench.net.device().set_rate("bandwidth", std::nullopt));
    CHECK(bench.net.device().set_rate("transmit", std::nullopt));
    CHECK(bench.net.driver.take_used(1));
    CHECK(bench.net.device().net_counters().frames_to_guest == 1);
    CHECK(bench.net.device().set_rate("receive", std::nullopt));
    CHECK(bench.net.device().net_counters().frames_to_guest == 2);
  }

  TEST_CASE("a driver that sends commands without end waits for the next after a while") {
    TapBench bench;
    bench.start(0, 256);
    const Bytes command{5, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    bench.net.driver.fill(data_address, command);
    unsigned answered = 0;
    while (answered < 5000) {
      bench.net.driver.add(2, {{data_address, static_cast<std::uint32_t>(command.size())}}, {{data_address + 64, 1}});
      bench.net.driver.notify(2);
      if (!bench.net.driver.take_used(2)) break;
      ++answered;
    }
    CHECK(answered >= 199); // the driver's coming took one
    CHECK(answered < 5000);
    CHECK(bench.net.driver.wait_used(2));
  }

  TEST_CASE("pairs that are taken into use and given up count as commands, each of them") {
    constexpr std::uint16_t commands = 8;
    TapBench bench(options_with(4));
    bench.start();
    unsigned answered = 0;
    for (; answered < 1000; ++answered) {
      bench.net.driver.fill(data_address, Bytes{4, 0, static_cast<std::uint8_t>(answered % 2 == 0 ? 4 : 1), 0});
      bench.net.driver.add(commands, {{data_address, 4}}, {{data_address + 64, 1}});
      bench.net.driver.notify(commands);
      if (!bench.net.driver.take_used(commands)) break;
    }
    CHECK(answered >= 49); // of four each, from 200 of which the driver's coming took one
    CHECK(answered < 100);
  }

  TEST_CASE("a driver that comes again and again with other features has the rate of commands, and loses no frame") {
    TapBench bench;
    const auto begin = std::chrono::steady_clock::now();
    for (int count = 0; count < 1000; ++count)
      bench.start(count % 2 == 0 ? 0 : guest_offloads);
    bench.net.offer_room(2000);
    bench.net.send(with_header(make_frame(60)));
    bench.arrive(make_frame(1000));
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    CHECK(static_cast<double>(bench.tap.used_offloads.size()) <= 200 + 50 * took.count());
    REQUIRE(bench.net.driver.wait_used(1));
    REQUIRE(bench.net.driver.wait_used(0));
    CHECK(bench.sent() == with_header(make_frame(60)));
    CHECK(bench.tap.used_offloads.back() == 0);
    CHECK(bench.net.link_downs.empty());
  }

  TEST_CASE("a reset forgets a driver that waits for the rate") {
    TapBench bench;
    for (int count = 0; count < 1000; ++count)
      bench.start();
    const auto used = bench.tap.used_offloads.size();
    bench.net.driver.write(VIRTIO_MMIO_STATUS, 0);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    bench.net.turn();
    CHECK(bench.tap.used_offloads.size() == used);
  }

  TEST_CASE("a reset forgets a frame that waits for the rate") {
    NetOptions options = options_with();
    options.transmit = ten_a_second;
    TapBench bench(options);
    bench.start();
    bench.net.send(with_header(make_frame(60)));
    bench.net.send(with_header(make_frame(60)));
    bench.start();
    std::this_thread::sleep_for(std::chrono::milliseconds(120));
    bench.net.turn();
    CHECK(bench.sent() == with_header(make_frame(60)));
    CHECK(bench.sent().empty());
  }

  TEST_CASE("a driver that looks all the time never sees a part of a frame over merged buffers") {
    TapBench bench;
    REQUIRE(bench.net.bench.loop().start("net-test", [](const Error&) {}).ok());
    bench.start(0, 256);
    for (int count = 0; count < 256; ++count)
      bench.net.offer_room(112);
    const Bytes message = with_header(make_frame(600)); // 6 buffers
    for (std::uint16_t frames = 1; frames <= 40; ++frames) {
      REQUIRE(send(bench.tap.far_end(0).get(), message.data(), message.size(), 0) > 0);
      const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
      std::uint16_t used = 0;
      while (used != frames * 6 && std::chrono::steady_clock::now() < end) {
        used = bench.net.driver.half_word(VirtioDriver::device_ring(0) + 2);
        REQUIRE(used % 6 == 0);
      }
      REQUIRE(used == frames * 6);
    }
    bench.net.bench.loop().call([&] { bench.net.bench.transport().shut_down(); });
    bench.net.bench.loop().stop();
  }

  TEST_CASE("on its thread a device carries frames both ways, is reset and read from other threads") {
    TapBench bench;
    REQUIRE(bench.net.bench.loop().start("net-test", [](const Error&) {}).ok());
    for (int boot = 0; boot < 3; ++boot) {
      bench.start(0, 64);
      for (int count = 0; count < 40; ++count) {
        bench.net.offer_room(2000);
        bench.net.send(with_header(make_frame(60)));
        const Bytes message = with_header(make_frame(80));
        REQUIRE(send(bench.tap.far_end(0).get(), message.data(), message.size(), 0) > 0);
        REQUIRE(bench.net.driver.wait_used(1));
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        auto used = bench.net.driver.take_used(0);
        while (!used && std::chrono::steady_clock::now() < end)
          used = bench.net.driver.take_used(0);
        REQUIRE(used);
        CHECK(used->written_bytes == 92);
        CHECK(bench.sent() == with_header(make_frame(60)));
      }
    }
    CHECK(bench.net.device().net_counters().frames_to_guest == 120);
    CHECK(bench.net.device().net_counters().frames_from_guest == 120);
    bench.net.bench.loop().call([&] { bench.net.bench.transport().shut_down(); });
    bench.net.bench.loop().stop();
  }
}

} // namespace volt::test
