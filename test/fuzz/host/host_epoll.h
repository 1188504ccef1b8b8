// epoll(7) of the fuzzed host.
#pragma once

#include <memory>

#include "host/host_object.h"

namespace volt::test {

/// Level and edge triggered; an object that is gone is no longer watched.
class HostEpoll : public HostObject {
public:
  /// EPOLL_CTL_*.
  [[nodiscard]] int control_watch(int operation, int descriptor, const std::shared_ptr<HostObject>& object,
                                  const epoll_event* event);
  /// What is ready, as far as there is room; says how many.
  [[nodiscard]] std::size_t collect(std::span<epoll_event> ready);

private:
  struct Watch {
    std::weak_ptr<HostObject> object;
    int descriptor;
    epoll_event event;
    std::uint64_t seen_edges = 0;
  };

  std::vector<Watch> watches_;
};

} // namespace volt::test
