// Sockets and TUNSETIFF (Documentation/networking/tuntap.rst).
#include "binding/networks.h"

#include <array>
#include <cerrno>
#include <climits>
#include <linux/if_tun.h>
#include <net/if.h>
#include <string>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/file_descriptor.h"
#include "binding/js_error.h"
#include "binding/js_value.h"

namespace volt::binding {

namespace {

/// Two connected stream sockets, closed on exec; JavaScript owns them.
Napi::Value socket_pair(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    to_js(env, host_error(errno, "make a pair of sockets")).ThrowAsJavaScriptException();
    return env.Undefined();
  }
  Napi::Array result = Napi::Array::New(env, ends.size());
  for (std::uint32_t index = 0; index < ends.size(); ++index)
    result.Set(index, ends[index]);
  return result;
}

/// A listening stream socket at a path, closed on exec; JavaScript owns it. Only its owner may connect.
Napi::Value listen_at(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  const std::string path = info[0].IsString() ? info[0].As<Napi::String>().Utf8Value() : "";
  if (path.empty() || path.size() >= sizeof address.sun_path || path.find('\0') != std::string::npos) {
    throw_type_error(env, "a socket's path has 1 to 107 bytes");
    return env.Undefined();
  }
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  FileDescriptor listener(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  // bind() makes the file with the socket's mode. SAFETY: as bind(2) takes addresses.
  const bool is_listening = listener.valid() && fchmod(listener.get(), S_IRUSR | S_IWUSR) == 0 &&
                            bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
                            listen(listener.get(), SOMAXCONN) == 0;
  if (!is_listening) {
    to_js(env, host_error(errno, "listen at " + path)).ThrowAsJavaScriptException();
    return env.Undefined();
  }
  return Napi::Number::New(env, listener.release());
}

Napi::Value attach_tap(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto descriptor = integer_of(info[0], 0, INT_MAX);
  const std::string name = info[1].IsString() ? info[1].As<Napi::String>().Utf8Value() : "";
  if (!descriptor || name.empty() || name.size() >= IFNAMSIZ || !info[2].IsBoolean()) {
    throw_type_error(env, "a tap is a descriptor, a name of 1 to 15 bytes and whether it has several queues");
    return env.Undefined();
  }
  ifreq request{};
  name.copy(request.ifr_name, IFNAMSIZ - 1);
  const bool has_several_queues = info[2].As<Napi::Boolean>().Value();
  request.ifr_flags =
      static_cast<short>(IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | (has_several_queues ? IFF_MULTI_QUEUE : 0));
  if (ioctl(static_cast<int>(*descriptor), TUNSETIFF, &request) != 0)
    to_js(env, host_error(errno, "attach to the interface " + name)).ThrowAsJavaScriptException();
  return env.Undefined();
}

} // namespace

void define_network_functions(Napi::Env env, Napi::Object exports) {
  exports.Set("socketPair", Napi::Function::New(env, socket_pair, "socketPair"));
  exports.Set("listenAt", Napi::Function::New(env, listen_at, "listenAt"));
  exports.Set("attachTap", Napi::Function::New(env, attach_tap, "attachTap"));
}

} // namespace volt::binding
