// Virtio devices in plans: what the decoder takes, and the JSON pointer of what it refuses.
#include <doctest/doctest.h>

#include "engine/decode_plan.h"
#include "support/plan_json.h"

namespace volt::test {

namespace {

Json virtio_plan() {
  Json plan = minimal_plan();
  plan["devices"] = {{{"id", "com1"}, {"type", "uart16550"}, {"ports", {{{"base", "0x3f8"}, {"size", 8}}}}, {"gsi", 4}},
                     {{"id", "entropy"},
                      {"type", "virtio-rng"},
                      {"mmio", {{"base", "0xd0000000"}, {"size", 4096}}},
                      {"gsi", 5},
                      {"queueSize", 64},
                      {"rateLimit", {{"bandwidth", {{"perSecond", 1000}, {"burst", 10}}}}}},
                     {{"id", "more-entropy"},
                      {"type", "virtio-rng"},
                      {"mmio", {{"base", "0xd0001000"}, {"size", 4096}}},
                      {"gsi", 6},
                      {"queueSize", 256}},
                     {{"id", "root"},
                      {"type", "virtio-block"},
                      {"mmio", {{"base", "0xd0002000"}, {"size", 4096}}},
                      {"gsi", 7},
                      {"queueSize", 128},
                      {"backend", "image"},
                      {"overlay", "overlay"},
                      {"capacity", 2048},
                      {"readOnly", false},
                      {"serial", "root-1"},
                      {"cache", "writethrough"},
                      {"queues", 2},
                      {"discard", true},
                      {"rateLimit", {{"ops", {{"perSecond", 5}, {"burst", 6}}}}}},
                     {{"id", "lan"},
                      {"type", "virtio-net"},
                      {"mmio", {{"base", "0xd0003000"}, {"size", 4096}}},
                      {"gsi", 10},
                      {"queueSize", 256},
                      {"transport", "tap"},
                      {"backends", {"lan", "lan-1"}},
                      {"mac", "52:54:00:12:ab:ff"},
                      {"mtu", 9000},
                      {"offloads", true},
                      {"preventSpoofing", false},
                      {"rateLimit", {{"transmit", {{"perSecond", 7}, {"burst", 8}}}}}},
                     {{"id", "vsock"},
                      {"type", "virtio-vsock"},
                      {"mmio", {{"base", "0xd0004000"}, {"size", 4096}}},
                      {"gsi", 11},
                      {"queueSize", 256},
                      {"cid", 4294967294},
                      {"listener", "listener"},
                      {"connector", "connector"}},
                     {{"id", "balloon"},
                      {"type", "virtio-balloon"},
                      {"mmio", {{"base", "0xd0005000"}, {"size", 4096}}},
                      {"gsi", 12},
                      {"queueSize", 256},
                      {"target", 4096},
                      {"freePageReporting", true},
                      {"deflateOnOom", false},
                      {"statsIntervalMs", 1500}},
                     {{"id", "share-src"},
                      {"type", "virtio-fs"},
                      {"mmio", {{"base", "0xd0006000"}, {"size", 4096}}},
                      {"gsi", 14},
                      {"queueSize", 256},
                      {"tag", "src"},
                      {"backend", "share-src"},
                      {"readOnly", true},
                      {"cache", "none"}},
                     {{"id", "console"},
                      {"type", "virtio-console"},
                      {"mmio", {{"base", "0xd0007000"}, {"size", 4096}}},
                      {"gsi", 15},
                      {"queueSize", 256}}};
  plan["sharedMemory"] = true;
  return plan;
}

} // namespace

TEST_SUITE("engine/decode_plan: virtio") {
  TEST_CASE("windows, queues, GSIs and rate limits are decoded") {
    const auto result = decode_plan(virtio_plan().dump());
    REQUIRE_MESSAGE(result.ok(), result.error().message);
    const DevicePlan& device = result.value().devices[1];
    CHECK(device.type == DeviceType::virtio);
    CHECK(device.gsi == std::optional<std::uint32_t>(5));
    REQUIRE(device.virtio);
    CHECK(device.virtio->window.value == 0xd0000000);
    CHECK(device.virtio->queue_size == 64);
    CHECK(std::get<RngPlan>(device.virtio->model).rate.bandwidth->per_second == 1000);
    CHECK(!std::get<RngPlan>(result.value().devices[2].virtio->model).rate.bandwidth);
  }

  TEST_CASE("a disk is decoded in all its parts") {
    const auto result = decode_plan(virtio_plan().dump());
    REQUIRE_MESSAGE(result.ok(), result.error().message);
    const auto& plan = std::get<BlockPlan>(result.value().devices[3].virtio->model);
    CHECK(plan.backend == "image");
    CHECK(plan.overlay == std::optional<std::string>("overlay"));
    CHECK(plan.options.capacity_sectors == 2048);
    CHECK(!plan.options.read_only);
    CHECK(plan.options.serial == "root-1");
    CHECK(plan.options.cache == virtio::CacheMode::writethrough);
    CHECK(plan.options.queues == 2);
    CHECK(plan.options.discard);
    CHECK(plan.options.rate.operations->burst == 6);
    CHECK(!plan.options.rate.bandwidth);
    CHECK(backends_of(result.value()) ==
          std::vector<std::string>{"image", "overlay", "lan", "lan-1", "listener", "connector", "share-src"});
  }

  TEST_CASE("a vsock device is decoded in all its parts") {
    const auto result = decode_plan(virtio_plan().dump());
    REQUIRE_MESSAGE(result.ok(), result.error().message);
    const auto& plan = std::get<VsockPlan>(result.value().devices[5].virtio->model);
    CHECK(plan.cid == 4294967294);
    CHECK(plan.listener == "listener");
    CHECK(plan.connector == "connector");
  }

  TEST_CASE("a network is decoded in all its parts") {
    const auto result = decode_plan(virtio_plan().dump());
    REQUIRE_MESSAGE(result.ok(), result.error().message);
    const auto& plan = std::get<NetPlan>(result.value().devices[4].virtio->model);
    CHECK(plan.backends == std::vector<std::string>{"lan", "lan-1"});
    CHECK(plan.options.transport == virtio::NetOptions::Transport::tap);
    CHECK(plan.options.pairs == 2);
    CHECK(plan.options.mac == virtio::MacAddress{0x52, 0x54, 0, 0x12, 0xab, 0xff});
    CHECK(plan.options.mtu == 9000);
    CHECK(plan.options.offloads);
    CHECK(!plan.options.prevent_spoofing);
    CHECK(plan.options.transmit.bandwidth->burst == 8);
    CHECK(!plan.options.receive.bandwidth);
    CHECK(plan.vhost.empty());
  }

  TEST_CASE("a balloon is decoded in all its parts") {
    const auto result = decode_plan(virtio_plan().dump());
    REQUIRE_MESSAGE(result.ok(), result.error().message);
    const auto& plan = std::get<BalloonPlan>(result.value().devices[6].virtio->model);
    CHECK(plan.target_bytes == 4096);
    CHECK(plan.options.free_page_reporting);
    CHECK(!plan.options.deflate_on_oom);
    CHECK(plan.options.statistics_interval == std::chrono::milliseconds(1500));
  }

  TEST_CASE("a share is decoded, and its memory is shared") {
    const auto result = decode_plan(virtio_plan().dump());
    REQUIRE_MESSAGE(result.ok(), result.error().message);
    const auto& plan = std::get<FsPlan>(result.value().devices[7].virtio->model);
    CHECK(plan.tag == "src");
    CHECK(plan.backend == "share-src");
    CHECK(result.value().backing == GuestMemory::Backing::shared);
    CHECK(decode_plan(minimal_plan().dump()).value().backing == GuestMemory::Backing::anonymous);
  }

  TEST_CASE("a virtio console is decoded, and needs no descriptor") {
    const auto result = decode_plan(virtio_plan().dump());
    REQUIRE_MESSAGE(result.ok(), result.error().message);
    CHECK(is_virtio_console(result.value().devices[8]));
    CHECK_FALSE(is_virtio_console(result.value().devices[7]));
    CHECK(backends_of(*result.value().devices[8].virtio).empty());
  }

  TEST_CASE("each spoiled device is refused with the pointer of what is wrong") {
    const Spoiled spoiled_plans[] = {
        {"/devices/1/type", "virtio-floppy", "/devices/1/type"},
        {"/devices/1/ports", Json::array(), "/devices/1"},
        {"/devices/1/backend", "image", "/devices/1"},
        {"/devices/1/queueSize", 0, "/devices/1/queueSize"},
        {"/devices/1/queueSize", 1, "/devices/1/queueSize"},
        {"/devices/1/queueSize", 96, "/devices/1/queueSize"},
        {"/devices/1/queueSize", 2048, "/devices/1/queueSize"},
        {"/devices/1/mmio/size", 8192, "/devices/1/mmio/size"},
        {"/devices/1/mmio/base", "0xd0000200", "/devices/1/mmio/base"},
        {"/devices/1/mmio/base", "0xbffff000", "/devices/1/mmio"},
        {"/devices/1/mmio/base", "0x100000000", "/devices/1/mmio"},
        {"/devices/1/mmio/base", "0xfffffffffffff000", "/devices/1/mmio"},
        {"/devices/1/mmio/base", "0xfec00000", "/devices/1/mmio"},
        {"/devices/1/mmio/base", "0xfee00000", "/devices/1/mmio"},
        {"/devices/1/mmio/base", "0xfffbc000", "/devices/1/mmio"},
        {"/devices/1/mmio/base", "0xfffbf000", "/devices/1/mmio"},
        {"/devices/2/mmio/base", "0xd0000000", "/devices/2/mmio"},
        {"/memory/0", {{"gpa", "0xd0000000"}, {"size", 4096}}, "/devices/1/mmio"},
        {"/devices/1/gsi", 24, "/devices/1/gsi"},
        {"/devices/1/gsi", 0, "/devices/1/gsi"},
        {"/devices/1/gsi", 2, "/devices/1/gsi"},
        {"/devices/1/gsi", 4, "/devices/1/gsi"},
        {"/devices/2/gsi", 5, "/devices/2/gsi"},
        {"/devices/2/id", "entropy", "/devices/2/id"},
        {"/devices/1/rateLimit", Json::object(), "/devices/1/rateLimit"},
        {"/devices/1/rateLimit/ops", 1, "/devices/1/rateLimit"},
        {"/devices/1/rateLimit/bandwidth/burst", 0, "/devices/1/rateLimit/bandwidth/burst"},
        {"/devices/1/rateLimit/bandwidth/perSecond", 0, "/devices/1/rateLimit/bandwidth/perSecond"},
        {"/devices/8/backend", "image", "/devices/8"},
        {"/devices/2/type", "virtio-console", "/devices/8"}, // two of them
        {"/devices/3/capacity", 0, "/devices/3/capacity"},
        {"/devices/3/capacity", 17592186044416, "/devices/3/capacity"},
        {"/devices/3/serial", "has a blank", "/devices/3/serial"},
        {"/devices/3/serial", "\u00e4", "/devices/3/serial"},
        {"/devices/3/serial", "123456789012345678901", "/devices/3/serial"},
        {"/devices/3/cache", "writeback ", "/devices/3/cache"},
        {"/devices/3/queues", 0, "/devices/3/queues"},
        {"/devices/3/queues", 17, "/devices/3/queues"},
        {"/devices/3/readOnly", 1, "/devices/3/readOnly"},
        {"/devices/3/overlay", "image", "/devices/3/overlay"},
        {"/devices/3/backend", "", "/devices/3/backend"},
        {"/devices/3/rateLimit/bandwidth", 1, "/devices/3/rateLimit/bandwidth"},
        {"/devices/3/rateLimit/iops", 1, "/devices/3/rateLimit"},
        {"/devices/4/transport", "vde", "/devices/4/transport"},
        {"/devices/4/transport", "stream", "/devices/4/backends"},
        {"/devices/4/backends", Json::array(), "/devices/4/backends"},
        {"/devices/4/backends/1", "", "/devices/4/backends/1"},
        {"/devices/4/backends/1", "lan", "/devices/4/backends/1"},
        {"/devices/4/backends/0", "image", "/devices/4/backends/0"},
        {"/devices/4/backend", "lan", "/devices/4"},
        {"/devices/4/mac", "52:54:00:12:ab", "/devices/4/mac"},
        {"/devices/4/mac", "52:54:00:12:ab:f", "/devices/4/mac"},
        {"/devices/4/mac", "52:54:00:12:ab:-f", "/devices/4/mac"},
        {"/devices/4/mac", "52:54:00:12:ab:0g", "/devices/4/mac"},
        {"/devices/4/mac", "52-54:00:12:ab:ff", "/devices/4/mac"},
        {"/devices/4/mac", "53:54:00:12:ab:ff", "/devices/4/mac"},
        {"/devices/4/mac", "00:00:00:00:00:00", "/devices/4/mac"},
        {"/devices/4/mtu", 67, "/devices/4/mtu"},
        {"/devices/4/mtu", 65536, "/devices/4/mtu"},
        {"/devices/4/offloads", 1, "/devices/4/offloads"},
        {"/devices/4/preventSpoofing", "yes", "/devices/4/preventSpoofing"},
        {"/devices/4/rateLimit/bandwidth", 1, "/devices/4/rateLimit"},
        {"/devices/4/rateLimit/transmit/burst", 0, "/devices/4/rateLimit/transmit/burst"},
        {"/devices/5/cid", 2, "/devices/5/cid"},
        {"/devices/5/cid", 4294967295, "/devices/5/cid"},
        {"/devices/5/listener", "", "/devices/5/listener"},
        {"/devices/5/connector", "listener", "/devices/5/connector"},
        {"/devices/5/connector", "lan", "/devices/5/connector"},
        {"/devices/5/backend", "lan", "/devices/5"},
        {"/devices/6/target", 4095, "/devices/6/target"},
        {"/devices/6/target", 8192, "/devices/6/target"},
        {"/devices/6/target", -4096, "/devices/6/target"},
        {"/devices/6/freePageReporting", 1, "/devices/6/freePageReporting"},
        {"/devices/6/deflateOnOom", "no", "/devices/6/deflateOnOom"},
        {"/devices/6/statsIntervalMs", 0, "/devices/6/statsIntervalMs"},
        {"/devices/6/statsIntervalMs", 86400001, "/devices/6/statsIntervalMs"},
        {"/devices/6/size", 1, "/devices/6"},
        {"/devices/7/tag", "", "/devices/7/tag"},
        {"/devices/7/tag", std::string(37, 'x'), "/devices/7/tag"},
        {"/devices/7/backend", "lan", "/devices/7/backend"},
        {"/devices/7/readOnly", "no", "/devices/7/readOnly"},
        {"/devices/7/cache", "never", "/devices/7/cache"},
        {"/devices/7/queues", 1, "/devices/7"},
        {"/sharedMemory", false, "/devices/7"},
        {"/sharedMemory", 1, "/sharedMemory"},
        {"/files/0", {{"id", "image"}, {"size", 1}, {"sha256", std::string(64, '0')}}, "/devices/3/backend"},
    };
    for (const Spoiled& spoiled : spoiled_plans)
      check_refused(virtio_plan(), spoiled);
  }

  TEST_CASE("every key of a virtio device but its rate limit is required") {
    for (const char* key : {"id", "type", "mmio", "gsi", "queueSize"}) {
      CAPTURE(key);
      Json plan = virtio_plan();
      plan["devices"][2].erase(key);
      CHECK(!decode_plan(plan.dump()).ok());
    }
    for (const char* key : {"backend", "capacity", "readOnly", "serial", "cache", "queues", "discard"}) {
      CAPTURE(key);
      Json plan = virtio_plan();
      plan["devices"][3].erase(key);
      CHECK(!decode_plan(plan.dump()).ok());
    }
    for (const char* key : {"cid", "listener", "connector"}) {
      CAPTURE(key);
      Json plan = virtio_plan();
      plan["devices"][5].erase(key);
      CHECK(!decode_plan(plan.dump()).ok());
    }
    Json plan = virtio_plan();
    plan["devices"][3].erase("overlay");
    plan["devices"][3].erase("rateLimit");
    plan["devices"][3]["serial"] = "";
    CHECK(decode_plan(plan.dump()).ok());
  }
}

} // namespace volt::test
