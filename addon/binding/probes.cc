// probe and probeExecution.
#include "binding/probes.h"

#include "binding/js_error.h"
#include "binding/js_value.h"
#include "engine/execution_probe.h"
#include "engine/host_facts.h"

namespace volt::binding {

namespace {

Result<kvm::System> open_system(const Napi::CallbackInfo& info) {
  return kvm::System::open(info[0].IsString() ? info[0].As<Napi::String>().Utf8Value() : "/dev/kvm");
}

Result<std::string> read_facts(const Napi::CallbackInfo& info) {
  const kvm::System system = TRY(open_system(info));
  return host_facts(system);
}

Result<ExecutionProbe> run_probe(const Napi::CallbackInfo& info) {
  const kvm::System system = TRY(open_system(info));
  return probe_execution(system);
}

Napi::Value probe(const Napi::CallbackInfo& info) {
  const auto facts = read_facts(info);
  if (!facts.ok()) return error_result(info.Env(), facts.error());
  napi_value const value = parse_json(info.Env(), facts.value());
  if (value == nullptr) return info.Env().Undefined();
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("facts", value);
  return result;
}

Napi::Value probe_execution_function(const Napi::CallbackInfo& info) {
  const auto measured = run_probe(info);
  if (!measured.ok()) return error_result(info.Env(), measured.error());
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("kernelMode", measured.value().kernel_mode == KernelMode::native ? "native" : "emulated");
  result.Set("nanoseconds", static_cast<double>(measured.value().nanoseconds));
  result.Set("instructions", static_cast<double>(measured.value().instructions));
  return result;
}

} // namespace

void define_probes(Napi::Env env, Napi::Object exports) {
  exports.Set("probe", Napi::Function::New(env, probe, "probe"));
  exports.Set("probeExecution", Napi::Function::New(env, probe_execution_function, "probeExecution"));
}

} // namespace volt::binding
