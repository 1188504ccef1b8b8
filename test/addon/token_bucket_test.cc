// Rate limits against a clock that the test moves.
#include <doctest/doctest.h>

#include "devices/virtio/token_bucket.h"

namespace volt::test {

using namespace std::chrono_literals;
using virtio::RateLimiter;
using virtio::Time;
using virtio::TokenBucket;

namespace {
const Time begin = Time() + 100h;
}

TEST_SUITE("devices/virtio/token_bucket") {
  TEST_CASE("the burst is there at once, then the rate holds") {
    TokenBucket bucket({.per_second = 1000, .burst = 10}, begin);
    CHECK(bucket.ready_at(begin) == begin);
    bucket.take(10, begin);
    CHECK(bucket.ready_at(begin) == begin + 1ms);
    CHECK(bucket.ready_at(begin + 1ms) == begin + 1ms);
  }

  TEST_CASE("what is larger than the burst is let through once and paid for by waiting") {
    TokenBucket bucket({.per_second = 1000, .burst = 10}, begin);
    bucket.take(1010, begin);
    CHECK(bucket.ready_at(begin) == begin + 1001ms);
    CHECK(bucket.ready_at(begin + 500ms) == begin + 1001ms);
  }

  TEST_CASE("a pause fills no more than the burst") {
    TokenBucket bucket({.per_second = 1000, .burst = 10}, begin);
    bucket.take(10, begin);
    const Time later = begin + 24h;
    CHECK(bucket.ready_at(later) == later);
    bucket.take(11, later);
    CHECK(bucket.ready_at(later) == later + 2ms);
  }

  TEST_CASE("a second of full speed takes the rate and the burst, to a token") {
    TokenBucket bucket({.per_second = 777, .burst = 5}, begin);
    int taken = 0;
    for (Time now = begin; now <= begin + 1s; now = std::max(now + 1ns, bucket.ready_at(now))) {
      if (bucket.ready_at(now) > now) continue;
      bucket.take(1, now);
      ++taken;
    }
    CHECK(taken >= 781);
    CHECK(taken <= 782);
  }

  TEST_CASE("the largest numbers neither overflow nor wait for ever") {
    TokenBucket slow({.per_second = 1, .burst = 1}, begin);
    slow.take(UINT64_MAX, begin);
    const Time ready = slow.ready_at(begin);
    CHECK(ready > begin);
    CHECK(ready <= begin + 24h);
    TokenBucket fast({.per_second = (std::uint64_t{1} << 53) - 1, .burst = (std::uint64_t{1} << 53) - 1}, begin);
    fast.take(1, begin);
    CHECK(fast.ready_at(begin + 240h) == begin + 240h);
    CHECK(fast.ready_at(begin) == begin); // a clock that stands still or goes back gains nothing
  }

  TEST_CASE("of two buckets the emptier one decides") {
    RateLimiter limiter(
        {.bandwidth = {{.per_second = 1000, .burst = 1000}}, .operations = {{.per_second = 10, .burst = 2}}}, begin);
    limiter.take(1, begin);
    CHECK(limiter.ready_at(begin) == begin);
    limiter.take(1, begin);
    CHECK(limiter.ready_at(begin) == begin + 100ms);
    limiter.take(5000, begin + 100ms);
    CHECK(limiter.ready_at(begin + 100ms) > begin + 4s);
    CHECK(RateLimiter({}, begin).ready_at(begin) == begin);
  }
}

} // namespace volt::test
