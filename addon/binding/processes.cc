// Signals, waiting and locks for JavaScript.
#include "binding/processes.h"

#include <cerrno>
#include <climits>
#include <csignal>
#include <poll.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "binding/js_error.h"
#include "binding/js_value.h"
#include "binding/process_identity.h"

namespace volt::binding {

namespace {

struct ProcessArguments {
  pid_t pid;
  std::string start_time;
};

/// Nothing, with a TypeError pending, where the first two arguments are no pid and start time.
std::optional<ProcessArguments> process_arguments(const Napi::CallbackInfo& info) {
  const auto pid = integer_of(info[0], 1, INT_MAX);
  std::string start_time = info[1].IsString() ? info[1].As<Napi::String>().Utf8Value() : "";
  if (pid && !start_time.empty() && start_time.find_first_not_of("0123456789") == std::string::npos) {
    return ProcessArguments{.pid = static_cast<pid_t>(*pid), .start_time = std::move(start_time)};
  }
  throw_type_error(info.Env(), "a process is a pid and its start time, a string of digits");
  return std::nullopt;
}

Napi::Value process_identity(const Napi::CallbackInfo& info) {
  const auto pid = integer_of(info[0], 1, INT_MAX);
  if (!pid) {
    throw_type_error(info.Env(), "pid must be a positive integer");
    return info.Env().Undefined();
  }
  const std::string start_time = start_time_of(static_cast<pid_t>(*pid));
  if (start_time.empty()) return info.Env().Null();
  Napi::Object identity = Napi::Object::New(info.Env());
  identity.Set("startTime", start_time);
  return identity;
}

/// Whether the process was there to take the signal.
Result<bool> signal_process(const ProcessArguments& process, int signal) {
  const FileDescriptor descriptor = TRY(open_process(process.pid, process.start_time));
  if (!descriptor.valid()) return false;
  if (syscall(SYS_pidfd_send_signal, descriptor.get(), signal, nullptr, 0) == 0) return true;
  if (errno == ESRCH) return false;
  return host_error(errno, "send signal " + std::to_string(signal) + " to process " + std::to_string(process.pid));
}

Napi::Value signal_process_function(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto process = process_arguments(info);
  if (!process) return env.Undefined();
  const auto signal = integer_of(info[2], 0, SIGRTMAX);
  if (!signal) {
    throw_type_error(env, "signal must be a number");
    return env.Undefined();
  }
  const auto sent = signal_process(*process, static_cast<int>(*signal));
  if (!sent.ok()) {
    to_js(env, sent.error()).ThrowAsJavaScriptException();
    return env.Undefined();
  }
  return Napi::String::New(env, sent.value() ? "sent" : "gone");
}

/// Waits on a thread of Node's pool for the end of a process.
class WaitWorker : public Napi::AsyncWorker {
public:
  WaitWorker(Napi::Env env, ProcessArguments process, int timeout_ms)
      : AsyncWorker(env, "volt.waitProcess"), deferred_(Napi::Promise::Deferred::New(env)),
        process_(std::move(process)), timeout_ms_(timeout_ms) {}

  [[nodiscard]] Napi::Promise promise() const { return deferred_.Promise(); }

  void Execute() override { ended_ = wait(); }
  void OnOK() override {
    if (ended_.ok()) {
      deferred_.Resolve(Napi::Boolean::New(Env(), ended_.value()));
    } else {
      deferred_.Reject(to_js(Env(), ended_.error()).Value());
    }
  }

private:
  Result<bool> wait() const {
    const FileDescriptor descriptor = TRY(open_process(process_.pid, process_.start_time));
    if (!descriptor.valid()) return true;
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms_);
    for (;;) {
      const auto rest = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()).count();
      pollfd request{.fd = descriptor.get(), .events = POLLIN, .revents = 0};
      const int ready = poll(&request, 1, static_cast<int>(std::max<std::int64_t>(rest, 0)));
      if (ready >= 0) return ready > 0;
      if (errno != EINTR) return host_error(errno, "wait for process " + std::to_string(process_.pid));
    }
  }

  Napi::Promise::Deferred deferred_;
  const ProcessArguments process_;
  const int timeout_ms_;
  Result<bool> ended_ = false;
};

Napi::Value wait_process(const Napi::CallbackInfo& info) {
  const auto process = process_arguments(info);
  if (!process) return info.Env().Undefined();
  const auto timeout_ms = integer_of(info[2], 0, INT_MAX);
  if (!timeout_ms) {
    throw_type_error(info.Env(), "timeoutMs must be a number of milliseconds");
    return info.Env().Undefined();
  }
  auto* worker = new WaitWorker(info.Env(), *process, static_cast<int>(*timeout_ms)); // deletes itself
  worker->Queue();
  return worker->promise();
}

Napi::Value try_lock(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto descriptor = integer_of(info[0], 0, INT_MAX);
  if (!descriptor || !info[1].IsBoolean()) {
    throw_type_error(env, "a lock is a descriptor and whether it is exclusive");
    return env.Undefined();
  }
  const int operation = info[1].As<Napi::Boolean>().Value() ? LOCK_EX : LOCK_SH;
  if (flock(static_cast<int>(*descriptor), operation | LOCK_NB) == 0) return Napi::Boolean::New(env, true);
  if (errno == EWOULDBLOCK) return Napi::Boolean::New(env, false);
  to_js(env, host_error(errno, "lock descriptor " + std::to_string(*descriptor))).ThrowAsJavaScriptException();
  return env.Undefined();
}

} // namespace

void define_process_functions(Napi::Env env, Napi::Object exports) {
  exports.Set("processIdentity", Napi::Function::New(env, process_identity, "processIdentity"));
  exports.Set("signalProcess", Napi::Function::New(env, signal_process_function, "signalProcess"));
  exports.Set("waitProcess", Napi::Function::New(env, wait_process, "waitProcess"));
  exports.Set("tryLock", Napi::Function::New(env, try_lock, "tryLock"));
}

} // namespace volt::binding
