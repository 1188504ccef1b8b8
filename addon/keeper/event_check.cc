// RFC 8259, by the parser that the engine reads its plan with.
#include "keeper/event_check.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

namespace volt {

namespace {

constexpr std::string_view beginning = R"({"formatVersion":1,"event":")";
/// Those of the keeper alone (`restarting`, `ready`, `not-ready`, `events-dropped`) are not among them.
constexpr std::array<std::string_view, 13> kinds{
    "sandbox", "started",      "failed",       "console-dropped", "power-button", "paused", "resumed",
    "reset",   "crash-loaded", "device-fault", "link-down",       "backend-down", "stopped"};

/// Deeper ones are no event's, and readers that recurse are not to meet them.
constexpr int deepest = 6;

/// Well-formed, of a depth that readers bear, and of each key one: parsers differ in which of two they take.
bool is_plain(std::string_view line) {
  std::vector<std::set<std::string>> keys;
  bool is_plain = true;
  const auto look = [&](int depth, nlohmann::json::parse_event_t event, nlohmann::json& part) {
    if (event == nlohmann::json::parse_event_t::object_start) keys.emplace_back();
    if (event == nlohmann::json::parse_event_t::object_end) keys.pop_back();
    if (event == nlohmann::json::parse_event_t::key)
      is_plain = keys.back().insert(part.get<std::string>()).second && is_plain;
    is_plain = is_plain && depth <= deepest;
    return is_plain;
  };
  const bool is_json = !nlohmann::json::parse(line, look, false).is_discarded();
  return is_json && is_plain;
}

/// Exactly as volt-vmm writes it: its pid is replaced in the text.
bool is_start(const std::string& line) {
  int length = 0;
  static_cast<void>(std::sscanf(
      line.c_str(),
      R"({"formatVersion":1,"event":"started","time":"%*24[0-9TZ:.-]","pid":%*10[0-9],"vcpus":%*5[0-9]}%n)", &length));
  return static_cast<std::size_t>(length) == line.size();
}

} // namespace

std::string_view kind_of_event(std::string_view line) {
  if (!line.starts_with(beginning)) return {};
  const std::string_view rest = line.substr(beginning.size());
  const std::string_view kind = rest.substr(0, rest.find('"'));
  if (kind.empty() || std::ranges::find(kinds, kind) == kinds.end()) return {};
  if (kind == "started" && !is_start(std::string(line))) return {};
  return is_plain(line) ? kind : std::string_view();
}

} // namespace volt
