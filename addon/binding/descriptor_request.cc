// SCM_RIGHTS (unix(7)), which Node's sockets drop.
#include "binding/descriptor_request.h"

#include <cerrno>
#include <cstring>
#include <string>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <vector>

#include "base/file_descriptor.h"
#include "binding/js_error.h"

namespace volt::binding {

namespace {

constexpr timeval patience{.tv_sec = 20, .tv_usec = 0};
constexpr std::size_t maximum_answer_bytes = 4096;
/// The most that one message carries (SCM_MAX_FD).
constexpr std::size_t maximum_descriptors = 253;

struct Answer {
  /// Empty where the other end hung up.
  std::string text;
  std::vector<FileDescriptor> descriptors;
};

void take_descriptors(msghdr& message, std::vector<FileDescriptor>& taken) {
  for (cmsghdr* control = CMSG_FIRSTHDR(&message); control != nullptr; control = CMSG_NXTHDR(&message, control)) {
    if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t index = 0; index < count; ++index) {
      int descriptor = -1;
      std::memcpy(&descriptor, CMSG_DATA(control) + index * sizeof descriptor, sizeof descriptor);
      taken.emplace_back(descriptor);
    }
  }
}

/// Reads to the end of the answer; descriptors come with its first bytes.
Result<Answer> receive_answer(int stream) {
  Answer answer;
  std::vector<std::uint8_t> control(CMSG_SPACE(maximum_descriptors * sizeof(int))); // operator new aligns it
  char bytes[512];
  while (answer.text.size() < maximum_answer_bytes) {
    iovec vector{bytes, sizeof bytes};
    msghdr message{};
    message.msg_iov = &vector;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t count = recvmsg(stream, &message, MSG_CMSG_CLOEXEC);
    if (count < 0 && errno == EINTR) continue;
    if (count == 0 || (count < 0 && errno == ECONNRESET)) break;
    if (count < 0) return host_error(errno, "read an answer");
    take_descriptors(message, answer.descriptors);
    answer.text.append(bytes, static_cast<std::size_t>(count));
  }
  return answer;
}

Result<Answer> ask(const std::string& path, const std::string& request) {
  const FileDescriptor stream(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!stream.valid()) return host_error(errno, "create a socket");
  setsockopt(stream.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(stream.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  // SAFETY: the sockets interface takes every kind of address as a sockaddr.
  if (connect(stream.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return host_error(errno, "connect to " + path);
  // One that hung up shows when it is read.
  if (send(stream.get(), request.data(), request.size(), MSG_NOSIGNAL) < 0 && errno != EPIPE && errno != ECONNRESET)
    return host_error(errno, "ask " + path);
  return receive_answer(stream.get());
}

/// Asks on a thread of Node's pool.
class RequestWorker : public Napi::AsyncWorker {
public:
  RequestWorker(Napi::Env env, std::string path, std::string request)
      : AsyncWorker(env, "volt.requestDescriptors"), deferred_(Napi::Promise::Deferred::New(env)),
        path_(std::move(path)), request_(std::move(request)) {}

  [[nodiscard]] Napi::Promise promise() const { return deferred_.Promise(); }

  void Execute() override { answer_ = ask(path_, request_); }
  void OnOK() override {
    if (!answer_.ok()) return deferred_.Reject(to_js(Env(), answer_.error()).Value());
    Napi::Object result = Napi::Object::New(Env());
    result.Set("answer", answer_.value().text);
    std::vector<FileDescriptor>& taken = answer_.value().descriptors;
    Napi::Array descriptors = Napi::Array::New(Env(), taken.size());
    for (std::uint32_t index = 0; index < taken.size(); ++index)
      descriptors.Set(index, taken[index].release());
    result.Set("descriptors", descriptors);
    deferred_.Resolve(result);
  }

private:
  Napi::Promise::Deferred deferred_;
  const std::string path_;
  const std::string request_;
  Result<Answer> answer_ = Answer{};
};

Napi::Value request_descriptors(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  std::string path = info[0].IsString() ? info[0].As<Napi::String>().Utf8Value() : "";
  if (path.empty() || path.size() >= sizeof(sockaddr_un::sun_path) || !info[1].IsString()) {
    throw_type_error(env, "a request is a socket's path of 1 to 107 bytes and a string");
    return env.Undefined();
  }
  auto* worker = new RequestWorker(env, std::move(path), info[1].As<Napi::String>().Utf8Value()); // deletes itself
  worker->Queue();
  return worker->promise();
}

} // namespace

void define_descriptor_request(Napi::Env env, Napi::Object exports) {
  exports.Set("requestDescriptors", Napi::Function::New(env, request_descriptors, "requestDescriptors"));
}

} // namespace volt::binding
