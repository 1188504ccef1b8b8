// Rate limits: token buckets that are told the time.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace volt::virtio {

using Time = std::chrono::steady_clock::time_point;

/// Tokens are bytes or operations. Both numbers are at least 1.
struct TokenRate {
  std::uint64_t per_second = 1;
  /// What may be taken at once after a pause.
  std::uint64_t burst = 1;
};

/// Starts full. What is taken may exceed what is there: the debt is waited for before the next may start, so the rate
/// holds whatever the size of one request. Not thread safe.
class TokenBucket {
public:
  TokenBucket(TokenRate rate, Time now) : rate_(rate), tokens_(static_cast<double>(rate.burst)), filled_(now) {}

  /// When the next request may start: not later than `now` where it may at once.
  [[nodiscard]] Time ready_at(Time now);
  void take(std::uint64_t tokens, Time now);

private:
  void fill(Time now);

  TokenRate rate_;
  double tokens_; // negative: debt
  Time filled_;
};

struct RateLimit {
  std::optional<TokenRate> bandwidth; // bytes
  std::optional<TokenRate> operations;
};

/// Either bucket, both or none.
class RateLimiter {
public:
  RateLimiter(const RateLimit& limit, Time now);

  /// Other limits from now on, with a full bucket; nothing is no limit.
  void limit_bandwidth(const std::optional<TokenRate>& rate, Time now);
  void limit_operations(const std::optional<TokenRate>& rate, Time now);

  /// As TokenBucket::ready_at(): the later of both.
  [[nodiscard]] Time ready_at(Time now);
  /// One operation of this many bytes starts.
  void take(std::uint64_t bytes, Time now);

private:
  std::optional<TokenBucket> bandwidth_;
  std::optional<TokenBucket> operations_;
};

} // namespace volt::virtio
