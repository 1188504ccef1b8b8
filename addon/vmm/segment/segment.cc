// The command line, and the order of a segment's life.
#include "vmm/segment/segment.h"

#include <cstdio>
#include <fcntl.h>
#include <map>
#include <sys/un.h>
#include <unistd.h>

#include "base/file_descriptor.h"
#include "vmm/arguments.h"
#include "vmm/segment/request.h"
#include "vmm/segment/segment_server.h"
#include "vmm/stale_socket.h"

namespace volt {

namespace {

constexpr int exit_host = 4;
constexpr int exit_usage = 64;
/// Nobody else has the listening socket.
constexpr std::chrono::milliseconds end_patience{1000};

/// Says so to whoever started it, who reads to the end.
void report(const std::string& line) {
  static_cast<void>(!write(STDOUT_FILENO, line.data(), line.size()));
  const FileDescriptor nothing(open("/dev/null", O_WRONLY | O_CLOEXEC));
  if (nothing.valid()) dup2(nothing.get(), STDOUT_FILENO);
}

Result<void> serve(const SegmentArguments& arguments) {
  auto server = SegmentServer::create(arguments);
  report(server.ok() ? segment_answer() : segment_refusal(server.error()));
  if (!server.ok()) return std::move(server).error();
  return server.value()->serve();
}

} // namespace

Result<SegmentArguments> parse_segment_arguments(std::span<const char* const> arguments) {
  std::map<std::string_view, std::string_view> given{
      {"--socket", ""}, {"--path", ""}, {"--name", ""}, {"--subnet", ""}, {"--dnsmasq", ""}};
  for (std::size_t index = 0; index < arguments.size(); index += 2) {
    const std::string option = arguments[index];
    const auto known = given.find(option);
    if (known == given.end()) return Error{.message = "unknown argument " + option};
    if (index + 1 == arguments.size()) return Error{.message = option + " lacks its value"};
    if (!known->second.empty()) return Error{.message = option + " is given twice"};
    known->second = arguments[index + 1];
    if (known->second.empty()) return Error{.message = option + " is empty"};
  }
  for (const auto& [option, value] : given) {
    if (value.empty()) return Error{.message = std::string(option) + " is missing"};
  }
  if (given["--path"].size() >= sizeof(sockaddr_un::sun_path)) return Error{.message = "--path is too long"};
  const auto subnet = parse_subnet(given["--subnet"]);
  if (!subnet) return Error{.message = "--subnet takes an address and bits, such as 10.128.0.1/20"};
  return SegmentArguments{.socket = TRY(open_descriptor("--socket", given["--socket"])),
                          .path = std::string(given["--path"]),
                          .name = std::string(given["--name"]),
                          .subnet = *subnet,
                          .dnsmasq = std::string(given["--dnsmasq"])};
}

int run_segment(std::span<const char* const> arguments) {
  const auto parsed = parse_segment_arguments(arguments);
  if (!parsed.ok()) {
    std::fprintf(stderr, "volt-vmm: segment: %s\n%.*s\n", parsed.error().message.c_str(),
                 static_cast<int>(segment_usage.size()), segment_usage.data());
    return exit_usage;
  }
  const auto served = serve(parsed.value());
  // Refused from now on: whoever asked too late starts another.
  close(parsed.value().socket);
  remove_stale_socket(parsed.value().path, end_patience);
  if (served.ok()) return 0;
  std::fprintf(stderr, "volt-vmm: segment: %s\n", served.error().message.c_str());
  return exit_host;
}

} // namespace volt
