// posix_spawn for JavaScript.
#include "binding/spawn.h"

#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file_descriptor.h"
#include "binding/js_error.h"
#include "binding/js_value.h"

namespace volt::binding {

namespace {

struct SpawnArguments {
  std::string file;
  std::vector<std::string> words;
  std::vector<std::string> environment;
  /// Ours, by the numbers that the program gets them at; -1 is /dev/null.
  std::vector<int> descriptors;
};

/// Nothing where `value` is no array of strings.
std::optional<std::vector<std::string>> strings_of(const Napi::Value& value) {
  if (!value.IsArray()) return std::nullopt;
  const auto array = value.As<Napi::Array>();
  std::vector<std::string> strings;
  for (std::uint32_t index = 0; index < array.Length(); index++) {
    const Napi::Value item = array[index];
    if (!item.IsString()) return std::nullopt;
    strings.push_back(item.As<Napi::String>().Utf8Value());
    if (strings.back().find('\0') != std::string::npos) return std::nullopt;
  }
  return strings;
}

std::optional<std::vector<int>> descriptors_of(const Napi::Value& value) {
  if (!value.IsArray()) return std::nullopt;
  const auto array = value.As<Napi::Array>();
  std::vector<int> descriptors;
  for (std::uint32_t index = 0; index < array.Length(); index++) {
    const auto descriptor = integer_of(array[index], -1, INT_MAX);
    if (!descriptor) return std::nullopt;
    descriptors.push_back(static_cast<int>(*descriptor));
  }
  return descriptors;
}

std::optional<SpawnArguments> spawn_arguments(const Napi::CallbackInfo& info) {
  auto words = strings_of(info[1]);
  auto environment = strings_of(info[2]);
  auto descriptors = descriptors_of(info[3]);
  if (info[0].IsString() && words && environment && descriptors) {
    return SpawnArguments{.file = info[0].As<Napi::String>().Utf8Value(),
                          .words = std::move(*words),
                          .environment = std::move(*environment),
                          .descriptors = std::move(*descriptors)};
  }
  throw_type_error(info.Env(), "a process is a path, arguments, NAME=VALUEs and descriptors");
  return std::nullopt;
}

std::vector<char*> pointers_to(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (std::string& string : strings)
    pointers.push_back(string.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// What the process does between its start and the program's.
class Preparation {
public:
  Preparation() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
  }
  ~Preparation() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  Preparation(const Preparation&) = delete;
  Preparation& operator=(const Preparation&) = delete;

  /// A session of its own, in the root directory, every signal as the kernel has it and none blocked: Node ignores
  /// some.
  int begin_afresh() {
    sigset_t all;
    sigset_t none;
    sigfillset(&all);
    sigemptyset(&none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    const int flags = POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
    posix_spawnattr_setflags(&attributes_, static_cast<short>(flags));
    return posix_spawn_file_actions_addchdir_np(&actions_, "/");
  }
  int give(int ours, int number) {
    return ours < 0 ? posix_spawn_file_actions_addopen(&actions_, number, "/dev/null", O_RDWR, 0)
                    : posix_spawn_file_actions_adddup2(&actions_, ours, number);
  }
  int start(pid_t& pid, const std::string& file, char* const* words, char* const* environment) {
    return posix_spawn(&pid, file.c_str(), &actions_, &attributes_, words, environment);
  }

private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

/// The process, a child of ours.
Result<pid_t> spawn(SpawnArguments arguments) {
  Preparation preparation;
  // Out of the way of the numbers that the program wants.
  const int beyond = static_cast<int>(arguments.descriptors.size());
  std::vector<FileDescriptor> ours;
  int failure = preparation.begin_afresh();
  for (int number = 0; failure == 0 && number < beyond; number++) {
    const int wanted = arguments.descriptors[static_cast<std::size_t>(number)];
    if (wanted >= 0) {
      ours.emplace_back(fcntl(wanted, F_DUPFD_CLOEXEC, beyond));
      if (!ours.back().valid()) return host_error(errno, "duplicate descriptor " + std::to_string(wanted));
    }
    failure = preparation.give(wanted < 0 ? -1 : ours.back().get(), number);
  }
  arguments.words.insert(arguments.words.begin(), arguments.file);
  pid_t pid = 0;
  if (failure == 0) {
    failure = preparation.start(pid, arguments.file, pointers_to(arguments.words).data(),
                                pointers_to(arguments.environment).data());
  }
  if (failure != 0) return host_error(failure, "start " + arguments.file);
  return pid;
}

Napi::Value spawn_process(const Napi::CallbackInfo& info) {
  auto arguments = spawn_arguments(info);
  if (!arguments) return info.Env().Undefined();
  const auto pid = spawn(std::move(*arguments));
  if (!pid.ok()) {
    to_js(info.Env(), pid.error()).ThrowAsJavaScriptException();
    return info.Env().Undefined();
  }
  return Napi::Number::New(info.Env(), pid.value());
}

Napi::Value reap_process(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto pid = integer_of(info[0], 1, INT_MAX);
  if (!pid) {
    throw_type_error(env, "pid must be a positive integer");
    return env.Undefined();
  }
  int status = 0;
  const pid_t ended = waitpid(static_cast<pid_t>(*pid), &status, WNOHANG);
  if (ended == 0) return env.Null();
  Napi::Object end = Napi::Object::New(env);
  // Where nobody is told of the ends of children the kernel keeps none of them: nothing is known then.
  if (ended > 0 && WIFSIGNALED(status)) end.Set("signal", WTERMSIG(status));
  if (ended > 0 && WIFEXITED(status)) end.Set("status", WEXITSTATUS(status));
  return end;
}

Napi::Value socket_pair(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    to_js(env, host_error(errno, "make a pair of sockets")).ThrowAsJavaScriptException();
    return env.Undefined();
  }
  Napi::Array pair = Napi::Array::New(env, ends.size());
  for (std::uint32_t index = 0; index < ends.size(); index++)
    pair[index] = ends[index];
  return pair;
}

} // namespace

void define_spawn_functions(Napi::Env env, Napi::Object exports) {
  exports.Set("spawnProcess", Napi::Function::New(env, spawn_process, "spawnProcess"));
  exports.Set("reapProcess", Napi::Function::New(env, reap_process, "reapProcess"));
  exports.Set("socketPair", Napi::Function::New(env, socket_pair, "socketPair"));
}

} // namespace volt::binding
