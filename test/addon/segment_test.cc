// A private network without a host: its command line, requests, addresses, and what dnsmasq is told.
#include <doctest/doctest.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <unistd.h>

#include "vmm/segment/members.h"
#include "vmm/segment/network_namespace.h"
#include "vmm/segment/segment.h"

using namespace volt;

namespace {

std::string complaint(std::initializer_list<const char*> arguments) {
  const std::vector<const char*> all(arguments);
  const auto parsed = parse_segment_arguments(all);
  return parsed.ok() ? "" : parsed.error().message;
}

JoinRequest joins(const std::string& name, const std::string& mac, std::string_view address) {
  return {.name = name, .mac = mac, .address = *parse_ipv4(address)};
}

/// 10.0.0.1 to 10.0.0.6, of which the first is the bridge's.
SegmentMembers small_segment() {
  return SegmentMembers(*parse_subnet("10.0.0.1/29"));
}

std::string address_of(SegmentMembers& members, const JoinRequest& request) {
  const auto address = members.add(request);
  return address.ok() ? format_ipv4(address.value()) : address.error().message;
}

} // namespace

TEST_SUITE("vmm/segment") {
  TEST_CASE("the command line: every option once, with a value") {
    const std::array<const char*, 10> whole{"--socket", "0",        "--path",        "./s.sock",  "--name",
                                            "backend",  "--subnet", "10.128.0.1/20", "--dnsmasq", "/sbin/dnsmasq"};
    const auto parsed = parse_segment_arguments(whole);
    REQUIRE(parsed.ok());
    CHECK(parsed.value().socket == 0);
    CHECK(parsed.value().subnet.prefix_bits == 20);
    CHECK(parsed.value().name == "backend");
    CHECK(complaint({}) == "--dnsmasq is missing");
    CHECK(complaint({"--socket"}) == "--socket lacks its value");
    CHECK(complaint({"--name", ""}) == "--name is empty");
    CHECK(complaint({"--name", "a", "--name", "b"}) == "--name is given twice");
    CHECK(complaint({"--nam", "a"}) == "unknown argument --nam");
    CHECK(complaint({"--socket", "0", "--path", "p", "--name", "n", "--subnet", "10.0.0.1", "--dnsmasq", "d"}) ==
          "--subnet takes an address and bits, such as 10.128.0.1/20");
    CHECK(complaint({"--socket", "999", "--path", "p", "--name", "n", "--subnet", "10.0.0.1/8", "--dnsmasq", "d"}) ==
          "--socket: descriptor 999 is not open");
  }

  TEST_CASE("a subnet is an address that a host may have, and 8 to 30 bits") {
    const auto subnet = parse_subnet("10.130.16.1/20");
    REQUIRE(subnet);
    CHECK(format_ipv4(subnet->mask()) == "255.255.240.0");
    CHECK(format_ipv4(subnet->broadcast()) == "10.130.31.255");
    for (const char* text : {"", "10.0.0.1", "10.0.0.1/", "10.0.0.1/7", "10.0.0.1/31", "10.0.0.1/8x", "10.0.0/24",
                             "10.0.0.0/24", "10.0.0.255/24", "::1/20"})
      CHECK_MESSAGE(!parse_subnet(text), text);
  }

  TEST_CASE("a request has every field, and none that would be a line of a configuration") {
    const std::string request =
        R"({"request":"join","name":"web","mac":"02:00:00:00:00:0a","address":"10.0.0.2","queues":2,"mtu":9000})";
    const auto parsed = parse_segment_request(request);
    REQUIRE(parsed.ok());
    const auto& join = std::get<JoinRequest>(parsed.value());
    CHECK(join.name == "web");
    CHECK(format_ipv4(join.address) == "10.0.0.2");
    CHECK(join.queues == 2);
    CHECK(join.mtu == 9000);
    const auto refused = [&request](const std::string& from, const std::string& to) {
      std::string changed = request;
      changed.replace(changed.find(from), from.size(), to);
      return !parse_segment_request(changed).ok();
    };
    CHECK(refused("web", "web,10.0.0.9"));
    CHECK(refused("web", R"(web\ndhcp-script=/x)"));
    CHECK(refused("0a", "0A"));
    CHECK(refused("0a", "0a,"));
    CHECK(refused("10.0.0.2", "ten"));
    CHECK(refused(R"("queues":2)", R"("queues":17)"));
    CHECK(refused("9000", "67"));
    CHECK(refused(R"("name":"web",)", ""));
    CHECK(refused("join", "leave"));
    CHECK(parse_segment_request(R"({"request":"end"})").ok());
    CHECK_FALSE(parse_segment_request(R"({"request":"end","name":"web"})").ok());
    CHECK_FALSE(parse_segment_request("end").ok());
  }

  TEST_CASE("answers are lines of JSON, whatever is in them") {
    CHECK(segment_answer() == "{\"formatVersion\":1,\"ok\":true}\n");
    CHECK(segment_answer(0x0a000002) == "{\"address\":\"10.0.0.2\",\"formatVersion\":1,\"ok\":true}\n");
    CHECK(segment_refusal({.message = "no\nway \xff"}).find("no\\nway ") != std::string::npos);
  }

  TEST_CASE("a machine has the address that it asks for, or the next free one, around the end") {
    SegmentMembers members = small_segment();
    CHECK(address_of(members, joins("a", "02:00:00:00:00:01", "10.0.0.5")) == "10.0.0.5");
    CHECK(address_of(members, joins("b", "02:00:00:00:00:02", "10.0.0.5")) == "10.0.0.6");
    CHECK(address_of(members, joins("c", "02:00:00:00:00:03", "10.0.0.6")) == "10.0.0.2");
    CHECK(address_of(members, joins("d", "02:00:00:00:00:04", "192.168.0.1")) == "10.0.0.3");
    CHECK(address_of(members, joins("e", "02:00:00:00:00:05", "10.0.0.0")) == "10.0.0.4");
    CHECK(address_of(members, joins("f", "02:00:00:00:00:06", "10.0.0.2")) == "every address of the network is taken");
    members.remove("b");
    CHECK(address_of(members, joins("f", "02:00:00:00:00:06", "10.0.0.2")) == "10.0.0.6");
  }

  TEST_CASE("names and MACs are unique among machines that are there") {
    SegmentMembers members = small_segment();
    REQUIRE(members.add(joins("a", "02:00:00:00:00:01", "10.0.0.2")).ok());
    CHECK(members.add(joins("a", "02:00:00:00:00:02", "10.0.0.3")).error().host_errno == EBUSY);
    CHECK(members.add(joins("b", "02:00:00:00:00:01", "10.0.0.3")).error().host_errno == EADDRINUSE);
    members.attach("a", 7);
    CHECK(members.remove_if([](int interface) { return interface == 8; }).empty());
    CHECK_FALSE(members.empty());
    CHECK(members.remove_if([](int interface) { return interface == 7; }) == std::vector{*parse_ipv4("10.0.0.2")});
    CHECK(members.empty());
    CHECK(address_of(members, joins("b", "02:00:00:00:00:01", "10.0.0.2")) == "10.0.0.2");
  }

  TEST_CASE("dnsmasq is told of these machines, of no router and of nobody to ask") {
    SegmentMembers members = small_segment();
    REQUIRE(members.add(joins("web", "02:00:00:00:00:01", "10.0.0.2")).ok());
    const std::string text = members.configuration("backend", "volt0");
    CHECK(text.find("interface=volt0\n") != std::string::npos);
    CHECK(text.find("dhcp-range=10.0.0.0,static,255.255.255.248,infinite\n") != std::string::npos);
    CHECK(text.find("dhcp-host=02:00:00:00:00:01,10.0.0.2,web.backend,infinite\n") != std::string::npos);
    CHECK(text.find("host-record=web.backend,web,10.0.0.2\n") != std::string::npos);
    CHECK(text.find("dhcp-option=option:router\n") != std::string::npos);
    CHECK(text.find("no-resolv\n") != std::string::npos);
  }

  TEST_CASE("the hint names the setting that forbids a namespace") {
    const std::filesystem::path root =
        std::filesystem::temp_directory_path() / ("volt-sysctls-" + std::to_string(getpid()));
    const auto set = [&root](const std::string& name, int value) {
      std::filesystem::create_directories((root / name).parent_path());
      std::ofstream(root / name) << value << '\n';
    };
    CHECK(namespace_hint(root).find("rules may forbid") != std::string::npos);
    set("kernel/apparmor_restrict_unprivileged_userns", 1);
    CHECK(namespace_hint(root).find("apparmor_restrict_unprivileged_userns=0") != std::string::npos);
    set("kernel/unprivileged_userns_clone", 0);
    CHECK(namespace_hint(root).find("unprivileged_userns_clone=1") != std::string::npos);
    set("user/max_net_namespaces", 0);
    CHECK(namespace_hint(root).find("max_net_namespaces=") != std::string::npos);
    set("user/max_user_namespaces", 0);
    CHECK(namespace_hint(root).find("max_user_namespaces=") != std::string::npos);
    std::filesystem::remove_all(root);
  }
}
