// Methods of the class Machine.
#include "binding/machine_class.h"

#include <cerrno>
#include <new>

#include "binding/js_error.h"
#include "binding/js_value.h"
#include "engine/decode_plan.h"

namespace volt::binding {

namespace {

Result<std::unique_ptr<Machine>> try_to_create(const MachineOptions& options) {
  Plan plan = TRY(decode_plan(options.plan));
  if (options.pin) plan.placement.pins = TRY(parse_pins(*options.pin));
  if (options.huge_pages) plan.placement.pages = TRY(parse_pages(*options.huge_pages));
  PlanDescriptors files;
  for (const auto& [id, descriptor] : options.files)
    files[id] = TRY(FileDescriptor::duplicate(descriptor));
  return Machine::create(plan, options.kvm, files);
}

Result<std::unique_ptr<Machine>> create_machine(const MachineOptions& options) {
  try {
    return try_to_create(options);
  } catch (const std::bad_alloc&) {
    return host_error(ENOMEM, "make the machine");
  }
}

} // namespace

void MachineClass::define(Napi::Env env, Napi::Object exports) {
  exports.Set(
      "Machine",
      DefineClass(env, "Machine",
                  {InstanceMethod<&MachineClass::start>("start"), InstanceMethod<&MachineClass::write>("write"),
                   InstanceMethod<&MachineClass::stop>("stop"), InstanceMethod<&MachineClass::close>("close"),
                   InstanceMethod<&MachineClass::press_power_button>("pressPowerButton"),
                   InstanceMethod<&MachineClass::pause>("pause"), InstanceMethod<&MachineClass::resume>("resume"),
                   InstanceMethod<&MachineClass::resize>("resize")}));
}

MachineClass::MachineClass(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  const auto options = machine_options_of(info[0]);
  if (!options) return;
  if (!info[1].IsFunction() || !info[2].IsFunction()) {
    throw_type_error(info.Env(), "onEvent and onConsole must be functions");
    return;
  }
  auto machine = create_machine(*options);
  if (!machine.ok()) {
    to_js(info.Env(), machine.error()).ThrowAsJavaScriptException();
    return;
  }
  on_event_ = Napi::Persistent(info[1].As<Napi::Function>());
  on_console_ = Napi::Persistent(info[2].As<Napi::Function>());
  session_ = std::make_unique<MachineSession>(std::move(machine).value());
}

// The object stays referenced while anything is to be delivered, so that it is not collected under a running machine.
// The callbacks are handed over as copies: after a failed start, `stopped` is still to be delivered by stop().
ChannelCallbacks MachineClass::make_callbacks() {
  Ref();
  return {.on_event = Napi::Persistent(on_event_.Value()),
          .on_console = Napi::Persistent(on_console_.Value()),
          .on_finished = [this] { Unref(); }};
}

void MachineClass::settle(Napi::Env env, const Result<void>& result) {
  if (result.ok()) return;
  if (!session_->attached()) Unref(); // on_finished will not be called
  to_js(env, result.error()).ThrowAsJavaScriptException();
}

void MachineClass::start(const Napi::CallbackInfo& info) {
  if (session_->attached()) {
    to_js(info.Env(), Error{.message = "the machine was started or stopped before"}).ThrowAsJavaScriptException();
    return;
  }
  settle(info.Env(), session_->start(info.Env(), make_callbacks()));
}

Napi::Value MachineClass::write(const Napi::CallbackInfo& info) {
  if (!info[0].IsTypedArray() || info[0].As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
    throw_type_error(info.Env(), "input must be a Uint8Array");
    return info.Env().Undefined();
  }
  const auto input = info[0].As<Napi::Uint8Array>();
  const std::size_t taken = session_->write(std::span<const std::uint8_t>(input.Data(), input.ByteLength()));
  return Napi::Number::New(info.Env(), static_cast<double>(taken));
}

void MachineClass::stop(const Napi::CallbackInfo& info) {
  if (session_->closed()) return;
  if (session_->attached()) {
    session_->stop();
  } else {
    settle(info.Env(), session_->stop_unstarted(info.Env(), make_callbacks()));
  }
}

Napi::Value MachineClass::press_power_button(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), session_->press_power_button());
}

Napi::Value MachineClass::pause(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), session_->pause());
}

Napi::Value MachineClass::resume(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), session_->resume());
}

Napi::Value MachineClass::resize(const Napi::CallbackInfo& info) {
  const auto columns = integer_of(info[0], 1, UINT16_MAX);
  const auto rows = integer_of(info[1], 1, UINT16_MAX);
  if (!columns || !rows) {
    throw_type_error(info.Env(), "columns and rows must be integers from 1 to 65535");
    return info.Env().Undefined();
  }
  return Napi::Boolean::New(info.Env(), session_->resize({.columns = static_cast<std::uint16_t>(*columns),
                                                          .rows = static_cast<std::uint16_t>(*rows)}));
}

void MachineClass::close(const Napi::CallbackInfo&) {
  session_->close();
}

} // namespace volt::binding
