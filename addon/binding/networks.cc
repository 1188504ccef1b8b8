// socketpair(2) and TUNSETIFF (Documentation/networking/tuntap.rst).
#include "binding/networks.h"

#include <array>
#include <cerrno>
#include <climits>
#include <linux/if_tun.h>
#include <net/if.h>
#include <string>
#include <sys/ioctl.h>
#include <sys/socket.h>

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
  exports.Set("attachTap", Napi::Function::New(env, attach_tap, "attachTap"));
}

} // namespace volt::binding
