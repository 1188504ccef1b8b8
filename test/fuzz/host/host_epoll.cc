// The list of watches.
#include "host/host_epoll.h"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace volt::test {

int HostEpoll::control_watch(int operation, int descriptor, const std::shared_ptr<HostObject>& object,
                             const epoll_event* event) {
  const auto found = std::ranges::find_if(
      watches_, [&](const Watch& watch) { return watch.descriptor == descriptor && watch.object.lock() == object; });
  if (operation == EPOLL_CTL_ADD) {
    if (found != watches_.end()) return -EEXIST;
    watches_.push_back({.object = object, .descriptor = descriptor, .event = *event});
    return 0;
  }
  if (found == watches_.end()) return -ENOENT;
  if (operation == EPOLL_CTL_DEL) {
    watches_.erase(found);
  } else {
    found->event = *event;
    found->seen_edges = 0;
  }
  return 0;
}

std::size_t HostEpoll::collect(std::span<epoll_event> ready) {
  std::erase_if(watches_, [](const Watch& watch) { return watch.object.expired(); });
  std::size_t count = 0;
  for (Watch& watch : watches_) {
    if (count == ready.size()) break;
    const auto object = watch.object.lock();
    const std::uint32_t events = object->ready() & (watch.event.events | EPOLLHUP | EPOLLERR);
    if (events == 0) continue;
    const std::uint64_t seen = std::exchange(watch.seen_edges, object->edges());
    if ((watch.event.events & EPOLLET) != 0 && seen == object->edges()) continue;
    ready[count] = watch.event;
    ready[count++].events = events;
  }
  return count;
}

} // namespace volt::test
