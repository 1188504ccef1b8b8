// Event loops, driven by hand and with a thread of their own.
#include <array>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <stdexcept>
#include <sys/epoll.h>
#include <unistd.h>

#include "devices/virtio/event_loop.h"

namespace volt::test {

using std::chrono::milliseconds;
using virtio::EventLoop;

namespace {

std::unique_ptr<EventLoop> make_loop() {
  auto loop = EventLoop::create();
  REQUIRE(loop.ok());
  return std::move(loop).value();
}

void start(EventLoop& loop) {
  REQUIRE(loop.start("loop", [](const Error&) {}).ok());
}

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    REQUIRE(pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) == 0);
    reader = FileDescriptor(ends[0]);
    writer = FileDescriptor(ends[1]);
  }
  void put() const { REQUIRE(write(writer.get(), "x", 1) == 1); }
  void take() const {
    char byte = 0;
    REQUIRE(read(reader.get(), &byte, 1) == 1);
  }
  FileDescriptor reader;
  FileDescriptor writer;
};

} // namespace

TEST_SUITE("devices/virtio/event_loop") {
  TEST_CASE("without a thread the caller is the loop for as long as it calls") {
    const auto loop = make_loop();
    CHECK(!loop->is_current());
    bool inside = false;
    loop->call([&] {
      inside = loop->is_current();
      loop->call([&] { CHECK(loop->is_current()); });
    });
    CHECK(inside);
    CHECK(!loop->is_current());
    CHECK_THROWS_AS(loop->call([] { throw std::runtime_error("out"); }), std::runtime_error);
    CHECK(!loop->is_current());
  }

  TEST_CASE("a posted task waits for its turn, and one that it posts for the next") {
    const auto loop = make_loop();
    int ran = 0;
    loop->post([&] {
      ++ran;
      loop->post([&] { ++ran; });
    });
    CHECK(ran == 0);
    loop->turn();
    CHECK(ran == 1);
    loop->turn();
    CHECK(ran == 2);
  }

  TEST_CASE("a descriptor is served while it is ready, and never again once it is unwatched") {
    const auto loop = make_loop();
    const Pipe pipe;
    const Pipe other;
    int served = 0;
    REQUIRE(loop->watch(pipe.reader.get(), EPOLLIN,
                        [&](std::uint32_t events) {
                          CHECK((events & EPOLLIN) != 0);
                          ++served;
                          loop->unwatch(other.reader.get()); // ready in the same round
                        })
                .ok());
    REQUIRE(loop->watch(other.reader.get(), EPOLLIN,
                        [&](std::uint32_t) {
                          served += 100;
                          loop->unwatch(pipe.reader.get());
                        })
                .ok());
    loop->turn();
    CHECK(served == 0);
    pipe.put();
    other.put();
    loop->turn();
    CHECK((served == 1 || served == 100)); // the first unwatched the other
    served = 0;
    loop->unwatch(pipe.reader.get());
    loop->unwatch(other.reader.get());
    loop->turn();
    CHECK(served == 0);
  }

  TEST_CASE("a watch that is paused sleeps until it is changed back") {
    const auto loop = make_loop();
    const Pipe pipe;
    int served = 0;
    REQUIRE(loop->watch(pipe.reader.get(), EPOLLIN,
                        [&](std::uint32_t) {
                          pipe.take();
                          ++served;
                        })
                .ok());
    REQUIRE(loop->change_watch(pipe.reader.get(), 0).ok());
    pipe.put();
    loop->turn();
    CHECK(served == 0);
    REQUIRE(loop->change_watch(pipe.reader.get(), EPOLLIN).ok());
    loop->turn();
    CHECK(served == 1);
  }

  TEST_CASE("timers run in their order when they are due, and cancelled ones do not") {
    const auto loop = make_loop();
    std::string order;
    const auto now = EventLoop::Clock::now();
    static_cast<void>(loop->set_timer(now + milliseconds(4), [&] { order += "b"; }));
    static_cast<void>(loop->set_timer(now + milliseconds(2), [&] { order += "a"; }));
    const auto never = loop->set_timer(now + milliseconds(3), [&] { order += "x"; });
    static_cast<void>(loop->set_timer(now + std::chrono::hours(1), [&] { order += "y"; }));
    loop->cancel_timer(never);
    for (int turns = 0; order.size() < 2 && turns < 1000; ++turns)
      loop->turn(milliseconds(10));
    CHECK(order == "ab");
  }

  TEST_CASE("a timer that sets another for now does not keep the loop from the rest") {
    const auto loop = make_loop();
    int ran = 0;
    std::function<void()> again = [&] {
      ++ran;
      static_cast<void>(loop->set_timer(EventLoop::Clock::now(), again));
    };
    again();
    loop->turn();
    CHECK(ran == 2);
  }

  TEST_CASE("a thread serves calls from many others, one at a time, and what they throw comes back") {
    const auto loop = make_loop();
    start(*loop);
    int count = 0;
    std::vector<std::thread> callers;
    for (int caller = 0; caller < 4; ++caller) {
      callers.emplace_back([&] {
        for (int turn = 0; turn < 500; ++turn) {
          loop->call([&] {
            CHECK(loop->is_current());
            ++count;
          });
        }
      });
    }
    for (std::thread& caller : callers)
      caller.join();
    CHECK(count == 2000);
    CHECK_THROWS_AS(loop->call([] { throw std::bad_alloc(); }), std::bad_alloc);
    loop->stop();
  }

  TEST_CASE("a handler that runs out of memory is reported and the loop goes on") {
    const auto loop = make_loop();
    std::atomic<int> host_errno = 0;
    REQUIRE(loop->start("loop", [&](const Error& error) { host_errno = error.host_errno; }).ok());
    loop->post([] { throw std::bad_alloc(); });
    bool alive = false;
    while (host_errno == 0)
      loop->call([&] { alive = true; });
    CHECK(host_errno == ENOMEM);
    CHECK(alive);
  }

  TEST_CASE("calls that race with the end are all served, and tasks posted after it never run") {
    for (int round = 0; round < 50; ++round) {
      const auto loop = make_loop();
      start(*loop);
      std::atomic<int> served = 0;
      std::vector<std::thread> callers;
      for (int caller = 0; caller < 3; ++caller)
        callers.emplace_back([&] {
          for (int turn = 0; turn < 20; ++turn)
            loop->call([&] { ++served; });
        });
      loop->stop();
      loop->stop();
      for (std::thread& caller : callers)
        caller.join();
      CHECK(served == 60);
      loop->post([&] { ++served; });
      loop->turn();
      CHECK(served == 60);
    }
  }
}

} // namespace volt::test
