// The bounded queue between threads.
#include <array>
#include <doctest/doctest.h>
#include <string>
#include <thread>
#include <vector>

#include "base/byte_queue.h"

namespace volt::test {

using std::chrono::milliseconds;

namespace {

std::vector<std::uint8_t> bytes_of(std::string_view text) {
  return {text.begin(), text.end()};
}

std::string pop_all(ByteQueue& queue) {
  std::array<std::uint8_t, 64> bytes;
  return std::string(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(queue.pop(bytes)));
}

/// Brings a byte at each call, the last of which may end it.
struct TardyProducer : LateProducer {
  explicit TardyProducer(ByteQueue& where) : queue(where) {}
  void catch_up() override {
    ++calls;
    CHECK(queue.push(bytes_of("l")) == 1);
    if (is_last) queue.await_late(nullptr);
  }

  ByteQueue& queue;
  unsigned calls = 0;
  bool is_last = false;
};

} // namespace

TEST_SUITE("base/byte_queue") {
  TEST_CASE("takes what fits and gives it back in order, across the wrap") {
    ByteQueue queue(5);
    CHECK(queue.push(bytes_of("abc")) == 3);
    std::array<std::uint8_t, 2> two;
    CHECK(queue.pop(two) == 2);
    CHECK(queue.push(bytes_of("defghi")) == 4);
    CHECK(queue.push(bytes_of("x")) == 0);
    CHECK(pop_all(queue) == "cdefg");
    CHECK(pop_all(queue).empty());
  }

  TEST_CASE("takes a whole or nothing when asked to") {
    ByteQueue queue(4);
    CHECK(queue.push_whole(bytes_of("abc")));
    CHECK(!queue.push_whole(bytes_of("de")));
    CHECK(queue.push_whole(bytes_of("d")));
    CHECK(pop_all(queue) == "abcd");
  }

  TEST_CASE("a closed queue takes nothing and is exhausted when it is empty") {
    ByteQueue queue(4);
    CHECK(queue.push(bytes_of("a")) == 1);
    queue.close();
    CHECK(queue.push(bytes_of("b")) == 0);
    CHECK(!queue.push_whole(bytes_of("b")));
    CHECK(!queue.exhausted());
    CHECK(pop_all(queue) == "a");
    CHECK(queue.exhausted());
    CHECK(queue.wait_for_room() == 0);
  }

  TEST_CASE("a waiting consumer wakes for data, for the end, and after its patience") {
    ByteQueue queue(4);
    std::array<std::uint8_t, 4> bytes;
    CHECK(queue.pop_wait(bytes, milliseconds(1)) == 0);
    std::thread producer([&] { CHECK(queue.push(bytes_of("a")) == 1); });
    CHECK(queue.pop_wait(bytes, milliseconds(10'000)) == 1);
    producer.join();
    std::thread closer([&] { queue.close(); });
    CHECK(queue.pop_wait(bytes, milliseconds(10'000)) == 0);
    closer.join();
  }

  TEST_CASE("a consumer that gathers is woken once for as much as it takes, and in any case by the end") {
    ByteQueue queue(4, milliseconds(10'000));
    std::array<std::uint8_t, 4> bytes;
    std::thread producer([&] {
      for (const char* byte : {"a", "b", "c", "d"})
        CHECK(queue.push(bytes_of(byte)) == 1);
    });
    CHECK(queue.pop_wait(bytes, milliseconds(10'000)) == 4);
    producer.join();
    CHECK(queue.push(bytes_of("e")) == 1);
    CHECK(queue.pop_wait(bytes, milliseconds(0)) == 1);
    CHECK(queue.push(bytes_of("f")) == 1);
    std::thread closer([&] { queue.close(); });
    CHECK(queue.pop_wait(bytes, milliseconds(10'000)) == 1);
    closer.join();
  }

  TEST_CASE("a late producer catches up while the consumer waits, also when others keep it busy") {
    ByteQueue queue(16);
    std::array<std::uint8_t, 4> bytes;
    const auto producer = std::make_shared<TardyProducer>(queue);
    queue.await_late(producer, milliseconds(1));
    CHECK(queue.pop_wait(bytes, milliseconds(10'000)) == 0); // it looks at the interval
    CHECK(queue.pop_wait(bytes, milliseconds(10'000)) == 1);
    CHECK(bytes.front() == 'l');
    queue.await_late(producer, milliseconds(0));
    CHECK(queue.pop_wait(bytes, milliseconds(0)) == 1); // what it brought, and the wake-up is done with
    for (unsigned round = 0; round < 3; ++round) {
      const unsigned before = producer->calls;
      CHECK(queue.push(bytes_of("a")) == 1);
      CHECK(queue.pop_wait(bytes, milliseconds(0)) == 2);
      CHECK(producer->calls > before);
    }
    queue.await_late(nullptr);
    CHECK(queue.pop_wait(bytes, milliseconds(0)) == 0);
    CHECK(producer.use_count() == 1);
  }

  TEST_CASE("a late producer may end it from its own call") {
    ByteQueue queue(16);
    std::array<std::uint8_t, 4> bytes;
    const auto producer = std::make_shared<TardyProducer>(queue);
    producer->is_last = true;
    queue.await_late(producer, milliseconds(0));
    CHECK(queue.pop_wait(bytes, milliseconds(10'000)) == 1);
    CHECK(queue.pop_wait(bytes, milliseconds(5)) == 0);
    CHECK(producer->calls == 1);
    CHECK(producer.use_count() == 1);
  }

  TEST_CASE("a producer that waits for room gets it from the consumer, byte for byte") {
    ByteQueue queue(16);
    constexpr std::size_t total = 100'000;
    std::thread producer([&] {
      for (std::size_t sent = 0; sent < total;) {
        REQUIRE(queue.wait_for_room() > 0);
        sent += queue.push(std::array<std::uint8_t, 1>{static_cast<std::uint8_t>(sent % 251)});
      }
      queue.close();
    });
    std::size_t received = 0;
    bool in_order = true;
    while (!queue.exhausted()) {
      std::array<std::uint8_t, 7> bytes;
      const std::size_t count = queue.pop_wait(bytes, milliseconds(10'000));
      for (std::size_t index = 0; index < count; ++index)
        in_order = in_order && bytes[index] == received++ % 251;
    }
    producer.join();
    CHECK(received == total);
    CHECK(in_order);
  }
}

} // namespace volt::test
