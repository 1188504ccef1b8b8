// Filling and taking.
#include "devices/virtio/token_bucket.h"

#include <algorithm>

namespace volt::virtio {

namespace {
using Seconds = std::chrono::duration<double>;
}

void TokenBucket::fill(Time now) {
  if (now <= filled_) return;
  const double gained = Seconds(now - filled_).count() * static_cast<double>(rate_.per_second);
  tokens_ = std::min(tokens_ + gained, static_cast<double>(rate_.burst));
  filled_ = now;
}

// One token is enough to start with. Rounded up, and never so far away that the clock would overflow.
Time TokenBucket::ready_at(Time now) {
  fill(now);
  if (tokens_ >= 1) return now;
  const Seconds wait((1 - tokens_) / static_cast<double>(rate_.per_second));
  return now + std::chrono::ceil<Time::duration>(std::min(wait, Seconds(std::chrono::hours(24))));
}

void TokenBucket::take(std::uint64_t tokens, Time now) {
  fill(now);
  tokens_ -= static_cast<double>(tokens);
}

RateLimiter::RateLimiter(const RateLimit& limit, Time now) {
  limit_bandwidth(limit.bandwidth, now);
  limit_operations(limit.operations, now);
}

void RateLimiter::limit_bandwidth(const std::optional<TokenRate>& rate, Time now) {
  bandwidth_.reset();
  if (rate) bandwidth_.emplace(*rate, now);
}

void RateLimiter::limit_operations(const std::optional<TokenRate>& rate, Time now) {
  operations_.reset();
  if (rate) operations_.emplace(*rate, now);
}

Time RateLimiter::ready_at(Time now) {
  Time ready = now;
  if (bandwidth_) ready = std::max(ready, bandwidth_->ready_at(now));
  if (operations_) ready = std::max(ready, operations_->ready_at(now));
  return ready;
}

void RateLimiter::take(std::uint64_t bytes, Time now) {
  if (bandwidth_) bandwidth_->take(bytes, now);
  if (operations_) operations_->take(1, now);
}

} // namespace volt::virtio
