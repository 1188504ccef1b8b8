// The rule by which a UART's output may be kept.
#include <algorithm>
#include <doctest/doctest.h>

#include "devices/polled_output.h"

namespace volt::test {

namespace {

/// Bytes with a look before each, until they may be kept; how many it took, at most `limit`.
unsigned polled_bytes_until_kept(PolledOutput& output, unsigned limit = 100'000) {
  for (unsigned count = 1; count <= limit; ++count) {
    output.status_read();
    output.byte_sent();
    if (output.is_kept()) return count;
  }
  return 0;
}

void send(PolledOutput& output, unsigned count) {
  for (unsigned sent = 0; sent < count; ++sent)
    output.byte_sent();
}

} // namespace

TEST_SUITE("devices/polled_output") {
  TEST_CASE("sixteen polled bytes are enough, byte by byte or a FIFO at once") {
    PolledOutput one;
    CHECK(polled_bytes_until_kept(one) == PolledOutput::first_price);
    PolledOutput burst;
    burst.status_read();
    send(burst, PolledOutput::fifo_bytes - 1);
    CHECK(!burst.is_kept());
    send(burst, 1);
    CHECK(burst.is_kept());
  }

  TEST_CASE("bytes that nobody looked before do not count, and break the row") {
    PolledOutput output;
    send(output, 100'000);
    CHECK(!output.is_kept());
    CHECK(polled_bytes_until_kept(output) == PolledOutput::first_price);
    output.end(); // from now on it takes more bytes than a look is good for
    output.status_read();
    send(output, PolledOutput::fifo_bytes + 1);
    CHECK(polled_bytes_until_kept(output) == 2 * PolledOutput::first_price);
  }

  TEST_CASE("looks alone do nothing") {
    PolledOutput output;
    for (unsigned looks = 0; looks < 1000; ++looks)
      output.status_read();
    CHECK(!output.is_kept());
    CHECK(polled_bytes_until_kept(output) == PolledOutput::first_price);
  }

  TEST_CASE("an end that comes too soon makes the next beginning dearer, up to a bound") {
    PolledOutput output;
    unsigned price = PolledOutput::first_price;
    for (unsigned round = 0; round < 20; ++round) {
      CHECK(polled_bytes_until_kept(output) == price);
      send(output, PolledOutput::worth - 1);
      output.end();
      CHECK(!output.is_kept());
      price = std::min(2 * price, PolledOutput::highest_price);
    }
    CHECK(price == PolledOutput::highest_price);
  }

  TEST_CASE("one that was worth it makes it cheap again") {
    PolledOutput output;
    CHECK(polled_bytes_until_kept(output) == PolledOutput::first_price);
    output.end();
    CHECK(polled_bytes_until_kept(output) == 2 * PolledOutput::first_price);
    send(output, PolledOutput::worth);
    output.end();
    CHECK(polled_bytes_until_kept(output) == PolledOutput::first_price);
  }

  TEST_CASE("a rest costs nothing, nor does an end of what was not begun") {
    PolledOutput output;
    for (unsigned round = 0; round < 20; ++round) {
      CHECK(polled_bytes_until_kept(output) == PolledOutput::first_price);
      output.rest();
      CHECK(!output.is_kept());
      output.end();
    }
  }
}

} // namespace volt::test
