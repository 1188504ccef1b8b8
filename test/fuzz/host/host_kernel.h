// The kernel that fuzzed devices run on: descriptors, time and failures, all in this process and all anew in each run.
// host_calls.cc puts it in the place of the system calls, so that the devices need no seam, a run costs no switch to
// the real kernel, and the same input has the same effects.
#pragma once

#include <cerrno>
#include <chrono>
#include <map>
#include <memory>
#include <optional>

#include "host/host_object.h"

namespace volt::test {

/// What can be made to fail.
enum class HostCall { receive, send, accept, watch, control, transfer, release, random };

class HostKernel {
public:
  /// Descriptors from here on are this kernel's.
  static constexpr int first_descriptor = 1 << 20;

  [[nodiscard]] static HostKernel& instance();
  /// A new run: no descriptor is open, and time begins again.
  void restart();

  [[nodiscard]] int open(std::shared_ptr<HostObject> object);
  [[nodiscard]] int close(int descriptor);
  /// Null where the descriptor is not open, or is something else.
  template <typename Object = HostObject>
  [[nodiscard]] std::shared_ptr<Object> find(int descriptor) const {
    const auto index = static_cast<std::size_t>(descriptor - first_descriptor);
    return descriptor >= first_descriptor && index < table_.size() ? std::dynamic_pointer_cast<Object>(table_[index])
                                                                   : nullptr;
  }
  [[nodiscard]] std::size_t open_count() const;

  /// Of Unix sockets that were bound.
  std::map<std::uint32_t, std::weak_ptr<HostObject>> names;

  [[nodiscard]] std::chrono::nanoseconds now() const { return now_; }
  void advance(std::chrono::nanoseconds time) { now_ += time; }
  /// Bytes that are not random.
  void fill(std::span<std::uint8_t> data);

  /// The errno with which the call has to fail; 0 where it need not.
  [[nodiscard]] int failure_of(HostCall call);

private:
  friend class HostFailure;

  struct Failure {
    HostCall call;
    int host_errno;
  };

  std::vector<std::shared_ptr<HostObject>> table_;
  std::chrono::nanoseconds now_{0};
  std::uint8_t next_random_ = 0;
  std::optional<Failure> failure_;
};

/// While it lives, the next call of a kind fails, once.
class HostFailure {
public:
  HostFailure(HostCall call, int host_errno) { HostKernel::instance().failure_ = {call, host_errno}; }
  HostFailure(const HostFailure&) = delete;
  HostFailure& operator=(const HostFailure&) = delete;
  ~HostFailure() { HostKernel::instance().failure_.reset(); }
};

/// What a system call returns for a count or a negative errno.
template <typename Number>
Number answer(Number result) {
  if (result >= 0) return result;
  errno = static_cast<int>(-result);
  return -1;
}

} // namespace volt::test
