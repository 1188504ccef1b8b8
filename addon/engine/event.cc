// Events as JSON.
#include "engine/event.h"

#include <cassert>
#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "base/present_time.h"

namespace volt {

namespace {

using Json = nlohmann::ordered_json;

Json event_called(const char* name) {
  return {{"formatVersion", 1}, {"event", name}, {"time", present_time()}};
}

const char* name_of(Notice::Kind kind) {
  switch (kind) {
  case Notice::Kind::power_button:
    return "power-button";
  case Notice::Kind::paused:
    return "paused";
  case Notice::Kind::resumed:
    return "resumed";
  case Notice::Kind::crash_loaded:
    return "crash-loaded";
  case Notice::Kind::device_fault:
    return "device-fault";
  case Notice::Kind::link_down:
    return "link-down";
  case Notice::Kind::back_end_down:
    return "backend-down";
  }
  assert(false);
  return "";
}

// File ids and messages come from outside: bytes that are no UTF-8 are replaced, never thrown about.
std::string line_of(const Json& event) {
  return event.dump(-1, ' ', false, Json::error_handler_t::replace);
}

} // namespace

std::string event_with(const char* name, const std::string& details) {
  Json event = event_called(name);
  event.update(Json::parse(details));
  return line_of(event);
}

std::string started_event(pid_t pid, std::size_t vcpus) {
  Json event = event_called("started");
  event["pid"] = pid;
  event["vcpus"] = vcpus;
  return line_of(event);
}

std::string failed_event(const Error& error) {
  Json event = event_called("failed");
  event["code"] = name_of(error.code);
  if (error.host_errno != 0) event["errno"] = error.host_errno;
  event["message"] = error.message;
  if (!error.hint.empty()) event["hint"] = error.hint;
  return line_of(event);
}

std::string console_dropped_event(std::uint64_t bytes) {
  Json event = event_called("console-dropped");
  event["bytes"] = bytes;
  return line_of(event);
}

std::string notice_event(const Notice& notice) {
  Json event = event_called(name_of(notice.kind));
  if (!notice.device.empty()) event["device"] = notice.device;
  if (!notice.message.empty()) event["message"] = notice.message;
  return line_of(event);
}

std::string reset_event(std::chrono::milliseconds delay) {
  Json event = event_called("reset");
  event["delayMs"] = delay.count();
  return line_of(event);
}

std::string stopped_event(const StopReport& report) {
  Json event = event_called("stopped");
  event["reason"] = name_of(report.reason);
  event["message"] = report.message;
  event["exitCode"] = exit_code_of(report.reason);
  if (report.vcpu) event["vcpu"] = *report.vcpu;
  if (report.suberror) event["suberror"] = *report.suberror;
  if (report.rip) event["rip"] = format_address(*report.rip);
  if (!report.instruction.empty()) event["instruction"] = format_bytes(report.instruction, "");
  if (report.hardware_reason) event["hardwareReason"] = format_address(*report.hardware_reason);
  if (report.host_errno) event["errno"] = *report.host_errno;
  return line_of(event);
}

} // namespace volt
