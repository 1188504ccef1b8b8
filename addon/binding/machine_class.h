// The JavaScript class Machine (docs/architecture.md).
#pragma once

#include <memory>
#include <napi.h>

#include "binding/machine_session.h"

namespace volt::binding {

class MachineClass : public Napi::ObjectWrap<MachineClass> {
public:
  static void define(Napi::Env env, Napi::Object exports);

  /// new Machine(options, onEvent, onConsole)
  explicit MachineClass(const Napi::CallbackInfo& info);

private:
  void start(const Napi::CallbackInfo& info);
  Napi::Value write(const Napi::CallbackInfo& info);
  void stop(const Napi::CallbackInfo& info);
  Napi::Value press_power_button(const Napi::CallbackInfo& info);
  Napi::Value pause(const Napi::CallbackInfo& info);
  Napi::Value resume(const Napi::CallbackInfo& info);
  Napi::Value resize(const Napi::CallbackInfo& info);
  void close(const Napi::CallbackInfo& info);
  [[nodiscard]] ChannelCallbacks make_callbacks();
  void settle(Napi::Env env, const Result<void>& result);

  std::unique_ptr<MachineSession> session_;
  Napi::FunctionReference on_event_;
  Napi::FunctionReference on_console_;
};

} // namespace volt::binding
