// socketpair(2), Unix sockets that listen or are connected, and TUNSETIFF (Documentation/networking/tuntap.rst).
#include "binding/networks.h"

#include <array>
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

/// On their way from a stream's second end to the first, bytes. passt, which has the second, drops frames that find no
/// room, and waits before it sends what they carried again; the kernel's default is a fraction of a TCP window. A
/// device, which has the first, drops none: its frames wait with the guest.
constexpr int bytes_under_way = 4 << 20;

/// Beyond net.core.wmem_max where this process may; otherwise up to it.
void widen(int end) {
  if (setsockopt(end, SOL_SOCKET, SO_SNDBUFFORCE, &bytes_under_way, sizeof bytes_under_way) != 0)
    setsockopt(end, SOL_SOCKET, SO_SNDBUF, &bytes_under_way, sizeof bytes_under_way);
}

/// Two connected sockets, closed on exec; JavaScript owns them.
Napi::Value socket_pair(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!info[0].IsBoolean()) {
    throw_type_error(env, "a pair of sockets keeps messages apart or does not");
    return env.Undefined();
  }
  const int type = info[0].As<Napi::Boolean>().Value() ? SOCK_SEQPACKET : SOCK_STREAM;
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    to_js(env, host_error(errno, "make a pair of sockets")).ThrowAsJavaScriptException();
    return env.Undefined();
  }
  if (type == SOCK_STREAM) widen(ends[1]);
  Napi::Array result = Napi::Array::New(env, ends.size());
  for (std::uint32_t index = 0; index < ends.size(); ++index)
    result.Set(index, ends[index]);
  return result;
}

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

/// The socket that `open` makes of the path that JavaScript gives; JavaScript owns it.
Napi::Value open_unix(const Napi::CallbackInfo& info, Result<FileDescriptor> (*open)(const std::string&)) {
  const Napi::Env env = info.Env();
  const std::string path = info[0].IsString() ? info[0].As<Napi::String>().Utf8Value() : "";
  if (path.empty() || path.size() >= sizeof(sockaddr_un::sun_path) || path.find('\0') != std::string::npos) {
    throw_type_error(env, "a socket's path has 1 to 107 bytes");
    return env.Undefined();
  }
  auto opened = open(path);
  if (!opened.ok()) {
    to_js(env, opened.error()).ThrowAsJavaScriptException();
    return env.Undefined();
  }
  return Napi::Number::New(env, opened.value().release());
}

Napi::Value listen_unix(const Napi::CallbackInfo& info) {
  return open_unix(info, listen_at);
}

Napi::Value connect_unix(const Napi::CallbackInfo& info) {
  return open_unix(info, [](const std::string& path) { return volt::connect_unix(path); });
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
  exports.Set("socketPair", Napi::Function::New(env, socket_pair, "socketPair"));
  exports.Set("listenUnix", Napi::Function::New(env, listen_unix, "listenUnix"));
  exports.Set("connectUnix", Napi::Function::New(env, connect_unix, "connectUnix"));
  exports.Set("plugTap", Napi::Function::New(env, plug_tap, "plugTap"));
  exports.Set("attachTap", Napi::Function::New(env, attach_tap, "attachTap"));
}

} // namespace volt::binding
