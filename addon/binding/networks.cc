// Unix sockets that listen, and TUNSETIFF (Documentation/networking/tuntap.rst).
#include "binding/networks.h"

#include <cerrno>
#include <climits>
#include <cstring>
#include <linux/if_tun.h>
#include <net/if.h>
#include <string>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/bridge_port.h"
#include "base/unix_socket.h"
#include "binding/js_error.h"
#include "binding/js_value.h"

namespace volt::binding {

namespace {

Result<FileDescriptor> listen_at(const std::string& path) {
  FileDescriptor listener(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!listener.valid()) return host_error(errno, "create a socket");
  const sockaddr_un address = unix_address(path);
  // bind(2) gives the file the socket's mode (Linux): nobody else gets in between.
  if (fchmod(listener.get(), S_IRUSR | S_IWUSR) != 0) return host_error(errno, "set the mode of a socket");
  // SAFETY: the sockets interface takes every kind of address as a sockaddr.
  if (bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      listen(listener.get(), SOMAXCONN) != 0)
    return host_error(errno, "listen on " + path);
  return listener;
}

/// JavaScript owns the socket.
Napi::Value listen_unix(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::string path = info[0].IsString() ? info[0].As<Napi::String>().Utf8Value() : "";
  if (path.empty() || path.size() >= sizeof(sockaddr_un::sun_path) || path.find('\0') != std::string::npos) {
    throw_type_error(env, "a socket's path has 1 to 107 bytes");
    return env.Undefined();
  }
  auto listener = listen_at(path);
  if (!listener.ok()) {
    to_js(env, listener.error()).ThrowAsJavaScriptException();
    return env.Undefined();
  }
  return Napi::Number::New(env, listener.value().release());
}

Napi::Value attach_tap(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto descriptor = integer_of(info[0], 0, INT_MAX);
  const std::string name = info[1].IsString() ? info[1].As<Napi::String>().Utf8Value() : "";
  if (!descriptor || name.empty() || name.size() >= IFNAMSIZ || !info[2].IsBoolean()) {
    throw_type_error(env, "a tap is a descriptor, a name of 1 to 15 bytes and whether it has several queues");
    return env.Undefined();
  }
  auto attached = attach_queue(static_cast<int>(*descriptor), name, info[2].As<Napi::Boolean>().Value());
  if (!attached.ok()) {
    to_js(env, attached.error()).ThrowAsJavaScriptException();
    return env.Undefined();
  }
  return Napi::String::New(env, attached.value());
}

Napi::Value plug_tap(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::string tap = info[0].IsString() ? info[0].As<Napi::String>().Utf8Value() : "";
  const std::string bridge = info[1].IsString() ? info[1].As<Napi::String>().Utf8Value() : "";
  const auto mtu = integer_of(info[2], 68, UINT16_MAX);
  if (tap.empty() || tap.size() >= IFNAMSIZ || bridge.empty() || bridge.size() >= IFNAMSIZ || !mtu) {
    throw_type_error(env, "a tap is plugged by its name, a bridge's and an MTU of 68 to 65535");
    return env.Undefined();
  }
  const auto plugged = plug_into_bridge(bridge, tap, static_cast<std::uint32_t>(*mtu));
  if (!plugged.ok()) to_js(env, plugged.error()).ThrowAsJavaScriptException();
  return env.Undefined();
}

} // namespace

void define_network_functions(Napi::Env env, Napi::Object exports) {
  exports.Set("listenUnix", Napi::Function::New(env, listen_unix, "listenUnix"));
  exports.Set("plugTap", Napi::Function::New(env, plug_tap, "plugTap"));
  exports.Set("attachTap", Napi::Function::New(env, attach_tap, "attachTap"));
}

} // namespace volt::binding
