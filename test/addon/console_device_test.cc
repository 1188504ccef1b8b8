// virtio-console behind its registers, connected to the engine's console.
#include <doctest/doctest.h>
#include <string>

#include "devices/virtio/console_device.h"
#include "engine/console.h"
#include "support/virtio_driver.h"

namespace volt::test {

using virtio::ConsoleDevice;
using virtio::ConsoleSize;

namespace {

constexpr std::uint16_t receive_queue = 0;
constexpr std::uint16_t transmit_queue = 1;
constexpr std::uint64_t status_register = 0x070;
constexpr std::uint64_t generation_register = 0x0fc;
constexpr std::uint64_t size_field = 0x100;

std::vector<std::uint8_t> bytes_of(std::string_view text) {
  return {text.begin(), text.end()};
}

std::uint32_t size_word(std::uint32_t columns, std::uint32_t rows) {
  return rows << 16 | columns;
}

struct Fixture {
  explicit Fixture(ConsoleSize size = {})
      : bench([&](virtio::EventLoop&) {
          console.resize(size);
          auto made = std::make_unique<ConsoleDevice>(console);
          device = made.get();
          return made;
        }) {}

  void type(std::string_view text) {
    REQUIRE(console.input().push(bytes_of(text)) == text.size());
    device->input_arrived();
    bench.loop().turn();
    bench.loop().turn();
  }
  std::string output(std::size_t maximum_bytes = 8192) {
    std::vector<std::uint8_t> bytes(maximum_bytes);
    bytes.resize(console.output().pop(bytes));
    return {bytes.begin(), bytes.end()};
  }
  /// What the driver finds in its next used buffer at `address`.
  std::string received(std::uint64_t address) {
    const auto used = driver.take_used(receive_queue);
    if (!used) return "nothing";
    const auto bytes = driver.bytes(address, used->written_bytes);
    return {bytes.begin(), bytes.end()};
  }

  Console console;
  ConsoleDevice* device = nullptr;
  VirtioBench bench;
  VirtioDriver driver{bench};
};

} // namespace

TEST_SUITE("devices/virtio/console_device") {
  TEST_CASE("it says what it is, its size and no other feature") {
    Fixture fixture({.columns = 80, .rows = 25});
    REQUIRE(fixture.driver.start(2));
    CHECK(fixture.driver.read(0x008) == 3);
    CHECK((fixture.driver.offered_features() & 0xffffff) == 1); // VIRTIO_CONSOLE_F_SIZE
    CHECK(fixture.driver.read(size_field) == size_word(80, 25));
  }

  TEST_CASE("output of several buffers and requests arrives in order and whole") {
    Fixture fixture;
    REQUIRE(fixture.driver.start(2));
    fixture.driver.fill(data_address, bytes_of("hello, world"));
    fixture.driver.add(transmit_queue, {{data_address, 6}, {data_address + 6, 1}}, {});
    fixture.driver.add(transmit_queue, {{data_address + 7, 5}}, {});
    fixture.driver.notify(transmit_queue);
    CHECK(fixture.driver.take_used(transmit_queue).value().written_bytes == 0);
    CHECK(fixture.driver.take_used(transmit_queue).value().written_bytes == 0);
    CHECK(fixture.output() == "hello, world");
    CHECK(fixture.bench.device().counters().bytes_from_guest == 12);
  }

  TEST_CASE("output of UART and virtio reaches one reader") {
    Fixture fixture;
    REQUIRE(fixture.driver.start(2));
    fixture.console.transmitted('u');
    fixture.driver.fill(data_address, bytes_of("v"));
    fixture.driver.add(transmit_queue, {{data_address, 1}}, {});
    fixture.driver.notify(transmit_queue);
    fixture.console.transmitted('u');
    CHECK(fixture.output() == "uvu");
  }

  TEST_CASE("output that nobody reads is dropped and counted, and the driver gets its buffers back") {
    Fixture fixture;
    REQUIRE(fixture.driver.start(2));
    for (int count = 0; count < 40; ++count) {
      fixture.driver.add(transmit_queue, {{data_address, 65536}}, {});
      fixture.driver.notify(transmit_queue);
      REQUIRE(fixture.driver.take_used(transmit_queue));
    }
    CHECK(fixture.console.take_dropped() == (40 - 16) * 65536);
    CHECK(fixture.output(2 << 20).size() == 16 * 65536);
  }

  TEST_CASE("a round ends after 1 MiB of output, and another follows") {
    Fixture fixture;
    REQUIRE(fixture.driver.start(2));
    for (int count = 0; count < 3; ++count)
      fixture.driver.add(transmit_queue, {{0, 1 << 20}}, {});
    fixture.driver.notify(transmit_queue);
    unsigned served = 0;
    while (fixture.driver.wait_used(transmit_queue)) {
      if (++served == 3) break;
    }
    CHECK(served == 3);
    CHECK(fixture.bench.device().counters().bytes_from_guest == 3 << 20);
  }

  TEST_CASE("a request of more than 1 MiB is reported, and its first part printed") {
    Fixture fixture;
    REQUIRE(fixture.driver.start(2));
    fixture.driver.add(transmit_queue, {{0, 4 << 20}}, {});
    fixture.driver.notify(transmit_queue);
    CHECK(fixture.driver.take_used(transmit_queue));
    CHECK(fixture.bench.device().counters().bytes_from_guest == 1 << 20);
    CHECK(fixture.bench.device().counters().faults == 1);
  }

  TEST_CASE("a request for output with a buffer to fill is reported, and the buffer left alone") {
    Fixture fixture;
    REQUIRE(fixture.driver.start(2));
    fixture.driver.fill(data_address, bytes_of("ab"));
    fixture.driver.add(transmit_queue, {{data_address, 1}}, {{data_address + 1, 1}});
    fixture.driver.notify(transmit_queue);
    CHECK(fixture.driver.take_used(transmit_queue).value().written_bytes == 0);
    CHECK(fixture.output() == "a");
    CHECK(fixture.driver.bytes(data_address + 1, 1) == bytes_of("b"));
    CHECK(fixture.bench.faults().texts.size() == 1);
  }

  TEST_CASE("input fills buffers in order, and waits for more of them") {
    Fixture fixture;
    REQUIRE(fixture.driver.start(2, version_1)); // an interrupt each
    fixture.type("abcdefgh");
    CHECK_FALSE(fixture.driver.take_used(receive_queue));
    fixture.driver.add(receive_queue, {}, {{data_address, 2}, {data_address + 2, 2}});
    fixture.driver.add(receive_queue, {}, {{data_address + 0x100, 3}});
    fixture.driver.notify(receive_queue);
    CHECK(fixture.received(data_address) == "abcd");
    CHECK(fixture.received(data_address + 0x100) == "efg");
    CHECK(fixture.console.has_input());
    fixture.driver.add(receive_queue, {}, {{data_address, 100}});
    fixture.driver.add(receive_queue, {}, {{data_address + 0x100, 100}});
    fixture.driver.notify(receive_queue);
    CHECK(fixture.received(data_address) == "h");
    CHECK_FALSE(fixture.driver.take_used(receive_queue));
    const unsigned interrupts = fixture.bench.interrupt().count();
    fixture.type("i");
    CHECK(fixture.received(data_address + 0x100) == "i");
    CHECK(fixture.bench.interrupt().count() == interrupts + 1);
    CHECK(fixture.bench.device().counters().bytes_to_guest == 9);
  }

  TEST_CASE("a buffer for input without room is reported and comes back, and no input is lost") {
    Fixture fixture;
    REQUIRE(fixture.driver.start(2));
    fixture.driver.add(receive_queue, {{data_address, 8}}, {});
    fixture.driver.add(receive_queue, {}, {{data_address, 8}});
    fixture.type("k");
    CHECK(fixture.received(data_address).empty());
    CHECK(fixture.received(data_address) == "k");
    CHECK(fixture.bench.faults().texts.size() == 1);
  }

  TEST_CASE("input is the UART's without a driver, and the driver's while it runs") {
    Fixture fixture;
    fixture.type("ab");
    CHECK(fixture.console.next_input() == std::uint8_t{'a'});
    REQUIRE(fixture.driver.start(2));
    CHECK_FALSE(fixture.console.next_input());
    fixture.driver.add(receive_queue, {}, {{data_address, 8}});
    fixture.driver.notify(receive_queue);
    CHECK(fixture.received(data_address) == "b");
    fixture.type("c");
    fixture.driver.write(status_register, 0);
    CHECK(fixture.console.next_input() == std::uint8_t{'c'});
  }

  TEST_CASE("input stays the UART's where the driver sets up no queue for it") {
    Fixture fixture;
    REQUIRE(fixture.driver.negotiate(fixture.driver.offered_features()));
    fixture.driver.set_up_queue(transmit_queue, 16);
    REQUIRE(fixture.driver.run());
    fixture.type("a");
    CHECK(fixture.console.next_input() == std::uint8_t{'a'});
  }

  TEST_CASE("what was under way at a reset is the next driver's") {
    Fixture fixture;
    REQUIRE(fixture.driver.start(2));
    fixture.driver.add(receive_queue, {}, {{data_address, 2}});
    REQUIRE(fixture.console.input().push(bytes_of("abcd")) == 4);
    fixture.device->input_arrived();
    fixture.driver.write(status_register, 0);
    fixture.bench.loop().turn();
    fixture.bench.loop().turn();
    CHECK(fixture.bench.device().counters().bytes_to_guest == 0);
    REQUIRE(fixture.driver.start(2));
    fixture.driver.add(receive_queue, {}, {{data_address, 8}});
    fixture.driver.notify(receive_queue);
    CHECK(fixture.received(data_address) == "abcd");
  }

  TEST_CASE("nothing is given to a driver that broke its rings until it resets the device") {
    Fixture fixture;
    REQUIRE(fixture.driver.start(2));
    fixture.driver.add(receive_queue, {}, {{data_address, 8}});
    fixture.driver.set_half_word(VirtioDriver::driver_ring(transmit_queue) + 2, 0x4000); // its index
    fixture.driver.notify(transmit_queue);
    CHECK((fixture.driver.status() & 0x40) != 0); // DEVICE_NEEDS_RESET
    fixture.type("a");
    CHECK_FALSE(fixture.driver.take_used(receive_queue));
    CHECK(fixture.console.has_input());
  }

  TEST_CASE("another size is a new configuration, once") {
    Fixture fixture;
    REQUIRE(fixture.driver.start(2));
    CHECK(fixture.driver.read(0x060) == 0); // no size, and so no change of it
    const std::uint32_t generation = fixture.driver.read(generation_register);
    fixture.console.resize({.columns = 132, .rows = 50});
    fixture.device->update_size();
    CHECK(fixture.driver.read(size_field) == size_word(132, 50));
    CHECK(fixture.driver.read(generation_register) == generation + 1);
    CHECK(fixture.driver.read(0x060) == 2); // a configuration change
    CHECK(fixture.bench.interrupt().count() == 1);
    fixture.device->update_size();
    CHECK(fixture.bench.interrupt().count() == 1);
    CHECK(fixture.device->state().size == ConsoleSize{.columns = 132, .rows = 50});
  }

  TEST_CASE("a size that is known is announced to a driver that starts") {
    Fixture fixture({.columns = 80, .rows = 25});
    REQUIRE(fixture.driver.start(2));
    CHECK(fixture.driver.read(0x060) == 2);
    REQUIRE(fixture.driver.start(2, version_1));
    CHECK(fixture.driver.read(0x060) == 0); // it did not take VIRTIO_CONSOLE_F_SIZE
  }

  TEST_CASE("with a thread of its own, input and sizes come from others") {
    Fixture fixture;
    REQUIRE(fixture.driver.start(2));
    REQUIRE(fixture.bench.loop().start("console", [](const Error&) {}).ok());
    std::string received;
    for (std::uint16_t round = 1; round <= 50; ++round) {
      fixture.driver.add(receive_queue, {}, {{data_address, 16}});
      fixture.driver.notify(receive_queue);
      const auto byte = static_cast<std::uint8_t>('0' + round);
      REQUIRE(fixture.console.input().push(std::span(&byte, 1)) == 1);
      fixture.device->input_arrived();
      fixture.console.resize({.columns = round, .rows = 1});
      fixture.bench.loop().call([&] { fixture.device->update_size(); });
      auto used = fixture.driver.take_used(receive_queue);
      while (!used) {
        fixture.bench.loop().call([] {});
        used = fixture.driver.take_used(receive_queue);
      }
      CHECK(used->written_bytes == 1);
      CHECK(fixture.driver.bytes(data_address, 1).front() == byte);
      CHECK(fixture.driver.read(size_field) == size_word(round, 1));
    }
    fixture.bench.loop().stop();
  }
}

} // namespace volt::test
