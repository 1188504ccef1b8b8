// SCM_RIGHTS (unix(7)), which Node's sockets drop.
#include "binding/descriptor_request.h"

#include <cerrno>
#include <string>
#include <sys/socket.h>
#include <vector>

#include "base/unix_socket.h"
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
  const FileDescriptor stream = TRY(connect_unix(path, 0, patience));
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
  if (path.empty() || path.size() >= sizeof(sockaddr_un::sun_path) || path.find('\0') != std::string::npos ||
      !info[1].IsString()) {
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
