// A virtio-fs device whose daemon dies, lies or keeps silent, and one whose driver does.
#include <chrono>
#include <cstring>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <linux/virtio_config.h>
#include <linux/virtio_mmio.h>
#include <unistd.h>

#include "support/fs_bench.h"

namespace volt::test {

using namespace virtio;
using enum VhostUserRequest;

namespace {

constexpr std::chrono::milliseconds short_patience{200};

bool needs_reset(VirtioDriver& driver) {
  return (driver.status() & VIRTIO_CONFIG_S_NEEDS_RESET) != 0;
}

/// Answers requests of one kind in another way.
VhostUserDaemon::Override instead_of(VhostUserRequest request, Bytes answer) {
  return [request, answer = std::move(answer)](const VhostUserMessage& message) {
    return message.request == request ? std::optional(answer) : std::nullopt;
  };
}

Bytes with_flags(Bytes answer, std::uint32_t flags) {
  std::memcpy(answer.data() + offsetof(VhostUserHeader, flags), &flags, sizeof flags);
  return answer;
}

/// A kind of wrong answer, and what the loss is put down to.
struct Lie {
  const char* reason;
  Bytes answer;
  std::chrono::milliseconds patience = std::chrono::seconds(10);
};

std::vector<Lie> lies_about(VhostUserRequest request, std::size_t size_bytes) {
  const Bytes payload(size_bytes);
  const auto other = request == GET_FEATURES ? SET_OWNER : GET_FEATURES;
  const char* const wrong_size = "the back end sent an answer of a wrong size";
  const char* const no_answer = "the back end sent something other than the answer";
  return {
      {"the back end does not answer", {}, short_patience},
      {"the back end does not answer", {1, 0, 0}, short_patience},
      {no_answer, vhost_user_answer(other, payload)},
      {no_answer, with_flags(vhost_user_answer(request, payload), vhost_user_version)},
      {no_answer, with_flags(vhost_user_answer(request, payload), vhost_user_reply | 2)},
      {wrong_size, vhost_user_answer(request, {})},
      {wrong_size, vhost_user_answer(request, Bytes(size_bytes - 1))},
      {wrong_size, vhost_user_answer(request, Bytes(1 << 16))},
  };
}

} // namespace

TEST_SUITE("devices/virtio/fs_device: hostile daemons") {
  TEST_CASE("a daemon that answers wrongly or not at all when the machine is made: the machine goes on without it") {
    for (const VhostUserRequest request : {GET_FEATURES, GET_PROTOCOL_FEATURES, SET_OWNER, SET_MEM_TABLE}) {
      for (const Lie& lie : lies_about(request, 8)) {
        CAPTURE(static_cast<unsigned>(request));
        CAPTURE(lie.reason);
        FsBench bench(instead_of(request, lie.answer), lie.patience);
        CHECK(bench.machine.losses == std::vector<std::string>{lie.reason});
        CHECK(!bench.machine.driver.start(fs_queues));
        CHECK(needs_reset(bench.machine.driver));
        CHECK(bench.daemon.count(SET_FEATURES) == 0);
      }
    }
  }

  TEST_CASE("a daemon that answers wrongly or not at all when the driver starts") {
    for (const VhostUserRequest request : {SET_FEATURES, SET_VRING_NUM, SET_VRING_KICK, SET_VRING_ENABLE}) {
      for (const Lie& lie : lies_about(request, 8)) {
        CAPTURE(static_cast<unsigned>(request));
        CAPTURE(lie.reason);
        FsBench bench(instead_of(request, lie.answer), lie.patience);
        CHECK(!bench.machine.driver.start(fs_queues));
        CHECK(bench.machine.losses == std::vector<std::string>{lie.reason});
        CHECK(needs_reset(bench.machine.driver));
        CHECK(bench.machine.bench.interrupt().count() == 1); // of the configuration
        CHECK(bench.machine.bench.faults().texts.empty());   // the driver did nothing wrong
      }
    }
  }

  TEST_CASE("a daemon that answers wrongly or not at all at a reset: the reset ends all the same") {
    for (const Lie& lie : lies_about(GET_VRING_BASE, sizeof(VhostUserRingState))) {
      CAPTURE(lie.reason);
      FsBench bench(instead_of(GET_VRING_BASE, lie.answer), lie.patience);
      REQUIRE(bench.machine.driver.start(fs_queues));
      bench.machine.driver.write(VIRTIO_MMIO_STATUS, 0);
      CHECK(bench.machine.driver.status() == 0);
      CHECK(bench.machine.losses == std::vector<std::string>{lie.reason});
      CHECK(!bench.machine.driver.start(fs_queues));
      CHECK(needs_reset(bench.machine.driver));
    }
  }

  TEST_CASE("the state of another ring is no answer") {
    const VhostUserRingState state{7, 0};
    Bytes bytes(sizeof state);
    std::memcpy(bytes.data(), &state, sizeof state);
    FsBench bench(instead_of(GET_VRING_BASE, vhost_user_answer(GET_VRING_BASE, bytes)));
    REQUIRE(bench.machine.driver.start(fs_queues));
    bench.machine.driver.write(VIRTIO_MMIO_STATUS, 0);
    CHECK(bench.machine.losses == std::vector<std::string>{"the back end answered for another ring"});
  }

  TEST_CASE("what is missing or refused is told") {
    const auto number = [](VhostUserRequest request, std::uint64_t value) {
      return instead_of(request, vhost_user_answer(request, bytes_of_number(value)));
    };
    const std::pair<VhostUserDaemon::Override, const char*> cases[] = {
        {number(GET_FEATURES, UINT64_MAX & ~event_index), "the back end has no rings of virtio 1 with event indices"},
        {number(GET_FEATURES, UINT64_MAX & ~VHOST_USER_F_PROTOCOL_FEATURES), "the back end has no protocol features"},
        {number(GET_PROTOCOL_FEATURES, ~VHOST_USER_PROTOCOL_F_REPLY_ACK), "the back end has no acknowledgements"},
        {number(SET_MEM_TABLE, 1), "the back end refused request 5"},
    };
    for (const auto& [override, reason] : cases) {
      FsBench bench(override);
      CHECK(bench.machine.losses == std::vector<std::string>{reason});
    }
  }

  TEST_CASE("a daemon that ends while it serves: the driver hears of it, and no later start waits for anything") {
    FsBench bench;
    VirtioDriver& driver = bench.machine.driver;
    REQUIRE(driver.start(fs_queues));
    REQUIRE(bench.machine.ask());
    driver.write(VIRTIO_MMIO_INTERRUPT_ACK, VIRTIO_MMIO_INT_VRING);
    bench.daemon.hang_up();
    REQUIRE(bench.machine.wait_for_loss());
    CHECK(bench.machine.losses[0] == "the back end closed its connection");
    CHECK(needs_reset(driver));
    CHECK(driver.read(VIRTIO_MMIO_INTERRUPT_STATUS) == VIRTIO_MMIO_INT_CONFIG);
    bench.machine.notifications.notify(request_queue);
    const auto begin = std::chrono::steady_clock::now();
    CHECK(!driver.start(fs_queues));
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(2));
    CHECK(bench.machine.losses.size() == 1);
    CHECK(bench.machine.bench.device().counters().errors == 1);
    CHECK(bench.machine.bench.device().counters().faults == 0);
  }

  TEST_CASE("a daemon that ended before the machine boots again") {
    SocketPair pair(SOCK_STREAM);
    VhostUserDaemon daemon(std::move(pair.test));
    { const FsMachine first(pair.device); }
    daemon.hang_up();
    FsMachine second(pair.device);
    CHECK(second.losses.size() == 1);
    CHECK(!second.driver.start(fs_queues));
  }

  TEST_CASE("a daemon that speaks unasked") {
    FsBench bench;
    REQUIRE(bench.machine.driver.start(fs_queues));
    bench.daemon.blurt(vhost_user_answer(GET_FEATURES, bytes_of_number(0)));
    REQUIRE(bench.machine.wait_for_loss());
    CHECK(bench.machine.losses[0] == "the back end sent what nobody asked for");
  }

  TEST_CASE("a counter that a daemon filled and made blocking is written to by nobody, and another at the next start") {
    FsBench bench;
    VirtioDriver& driver = bench.machine.driver;
    REQUIRE(driver.start(fs_queues));
    REQUIRE(bench.machine.ask());
    const FileDescriptor kick(dup(bench.machine.notifications.descriptor(request_queue)));
    driver.write(VIRTIO_MMIO_STATUS, 0); // so that the daemon takes nothing from it
    const std::uint64_t nearly_all = UINT64_MAX - 2;
    REQUIRE(write(kick.get(), &nearly_all, sizeof nearly_all) == sizeof nearly_all);
    REQUIRE(fcntl(kick.get(), F_SETFL, 0) == 0);
    bench.machine.bench.device().notified(request_queue);
    REQUIRE(driver.start(fs_queues));
    CHECK(bench.machine.ask());
    std::uint64_t count = 0;
    REQUIRE(read(kick.get(), &count, sizeof count) == sizeof count);
    CHECK(count == nearly_all);
    CHECK((fcntl(bench.machine.notifications.descriptor(request_queue), F_GETFL) & O_NONBLOCK) != 0);
  }

  TEST_CASE("a daemon whose counter cannot be made is lost") {
    FsBench bench;
    bench.machine.notifications.refuses = true;
    CHECK(!bench.machine.driver.start(fs_queues));
    CHECK(bench.machine.losses == std::vector<std::string>{"cannot renew a counter: Cannot allocate memory"});
    CHECK(needs_reset(bench.machine.driver));
  }

  TEST_CASE("only a connected Unix stream socket is taken") {
    EventLoop& loop = *EventLoop::create().value().release();
    const std::array<GuestRange, 1> ranges{GuestRange{{0}, 0x1000}};
    const auto memory = GuestMemory::create(ranges, GuestMemory::Backing::shared);
    REQUIRE(memory.ok());
    const auto refusal = [&](FileDescriptor descriptor) {
      const auto made = FsDevice::create({.tag = "t"}, std::move(descriptor), memory.value(), loop, {});
      REQUIRE(!made.ok());
      CHECK(!made.error().hint.empty());
      return made.error().host_errno;
    };
    CHECK(refusal(SocketPair(SOCK_SEQPACKET).device) == EPROTOTYPE);
    CHECK(refusal(FileDescriptor(socket(AF_UNIX, SOCK_STREAM, 0))) == ENOTCONN);
    CHECK(refusal(FileDescriptor::event_counter().value()) == ENOTSOCK);
    delete &loop;
  }
}

TEST_SUITE("devices/virtio/fs_device: hostile drivers") {
  TEST_CASE("a ring outside memory or in the hole never reaches the daemon") {
    for (const std::uint64_t place : {std::uint64_t{low_end}, high_address - 4096, high_address + high_bytes - 64,
                                      border_address - 64, UINT64_MAX & ~std::uint64_t{15}, std::uint64_t{0x1001}}) {
      CAPTURE(place);
      FsBench bench;
      VirtioDriver& driver = bench.machine.driver;
      REQUIRE(driver.negotiate(driver.offered_features()));
      driver.set_up_queue(0, 16);
      driver.write(VIRTIO_MMIO_QUEUE_SEL, request_queue);
      driver.write(VIRTIO_MMIO_QUEUE_NUM, 16);
      driver.write(VIRTIO_MMIO_QUEUE_DESC_LOW, static_cast<std::uint32_t>(place));
      driver.write(VIRTIO_MMIO_QUEUE_DESC_HIGH, static_cast<std::uint32_t>(place >> 32));
      driver.write(VIRTIO_MMIO_QUEUE_READY, 1);
      CHECK(!driver.run());
      CHECK(needs_reset(driver));
      CHECK(bench.daemon.count(SET_VRING_ADDR) == 0);
      CHECK(bench.machine.bench.faults().texts.size() == 1);
      CHECK(bench.machine.losses.empty());
      REQUIRE(driver.start(fs_queues));
      CHECK(bench.machine.ask());
    }
  }

  TEST_CASE("resets at any moment, with requests under way, leave a device that serves") {
    FsBench bench;
    VirtioDriver& driver = bench.machine.driver;
    for (int round = 0; round < 50; ++round) {
      REQUIRE(driver.start(fs_queues));
      for (int request = 0; request < round % 7; ++request)
        driver.add(request_queue, {{data_address, 16}}, {{data_address + 4096, 16}});
      bench.machine.notifications.notify(request_queue);
      driver.write(VIRTIO_MMIO_STATUS, 0);
    }
    REQUIRE(driver.start(fs_queues));
    CHECK(bench.machine.ask());
    CHECK(bench.machine.losses.empty());
  }

  TEST_CASE("notifications before the driver is ready, and for queues that are not there, go nowhere") {
    FsBench bench;
    VirtioDriver& driver = bench.machine.driver;
    driver.notify(request_queue);
    driver.notify(fs_queues);
    CHECK(bench.daemon.served() == 0);
    REQUIRE(driver.start(fs_queues));
    driver.notify(fs_queues);
    CHECK(bench.machine.ask());
  }
}

} // namespace volt::test
