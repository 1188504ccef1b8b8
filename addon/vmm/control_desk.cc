// One function a request; replies as JSON.
#include "vmm/control_desk.h"

#include <nlohmann/json.hpp>

namespace volt {

namespace {

using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

Json reply() {
  return {{"formatVersion", 1}, {"ok", true}};
}

// What a request said may be in it: bytes that are no UTF-8 are replaced.
std::string line_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json json_of(const DeviceStatus& device) {
  Json json{{"id", device.id}, {"type", device.type}, {"counters", device.counters}};
  if (device.console) json["console"] = {{"columns", device.console->columns}, {"rows", device.console->rows}};
  if (!device.balloon) return json;
  const BalloonStatus& balloon = *device.balloon;
  json["balloon"] = {{"targetBytes", balloon.target_bytes},
                     {"actualBytes", balloon.actual_bytes},
                     {"inflatedBytes", balloon.inflated_bytes},
                     {"reportedBytes", balloon.reported_bytes},
                     {"statistics", balloon.statistics}};
  return json;
}

std::string no_guest() {
  return refusal("NOT_RUNNING", "no guest runs at the moment");
}

struct Answerer {
  Machine& machine;
  std::chrono::milliseconds uptime;

  std::string operator()(const InspectRequest&) const {
    Json json = reply();
    json["state"] = machine.ended() ? "ended" : machine.is_paused() ? "paused" : "running";
    json["uptimeMs"] = uptime.count();
    json["vcpus"] = machine.vcpu_count();
    json["memoryBytes"] = machine.memory_bytes();
    json["devices"] = Json::array();
    for (const DeviceStatus& device : machine.board().device_statuses())
      json["devices"].push_back(json_of(device));
    return line_of(json);
  }

  std::string operator()(const BalloonRequest& request) const {
    if (request.target_bytes > machine.memory_bytes()) {
      return refusal("REQUEST_INVALID", "the target is more than the machine's memory of " +
                                            std::to_string(machine.memory_bytes()) + " bytes");
    }
    if (machine.board().set_balloon(request.target_bytes)) return line_of(reply());
    return refusal("NO_SUCH_DEVICE", "the machine has no balloon");
  }

  std::string operator()(const RateRequest& request) const {
    for (const auto& [name, rate] : request.limits) {
      switch (machine.board().set_rate(request.device, name, rate)) {
      case Board::RateChange::done:
        break;
      case Board::RateChange::no_device:
        return refusal("NO_SUCH_DEVICE", "the machine has no device " + request.device);
      case Board::RateChange::no_limit:
        return refusal("NO_SUCH_LIMIT", "the device " + request.device + " has no limit " + name);
      }
    }
    return line_of(reply());
  }

  std::string operator()(const PauseRequest& request) const {
    const bool is_done = request.is_wanted ? machine.pause() : machine.resume();
    return is_done ? line_of(reply()) : no_guest();
  }

  std::string operator()(const ResizeRequest& request) const {
    if (machine.resize_console(request.size)) return line_of(reply());
    return refusal("NO_SUCH_DEVICE", "the machine has no virtio console");
  }
};

} // namespace

std::string refusal(std::string_view code, std::string_view message) {
  return line_of({{"formatVersion", 1}, {"ok", false}, {"code", code}, {"message", message}});
}

void ControlDesk::connect(Machine* machine) {
  const std::lock_guard lock(mutex_);
  machine_ = machine;
  started_ = Clock::now();
}

std::string ControlDesk::answer(std::string_view line) {
  const auto request = parse_control_request(line);
  if (!request.ok()) return refusal("REQUEST_INVALID", request.error().message);
  const std::lock_guard lock(mutex_);
  if (machine_ == nullptr) return no_guest();
  const auto uptime = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - started_);
  return std::visit(Answerer{*machine_, uptime}, request.value());
}

} // namespace volt
