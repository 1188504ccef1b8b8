// Deliveries through a thread-safe function.
#include "binding/channel.h"

#include <cerrno>

#include "binding/js_value.h"

namespace volt::binding {

namespace {

// What JavaScript may lag behind before the sender waits, and so lets the console's own bound take effect.
constexpr std::size_t under_way_limit_bytes = 256 * 1024;

} // namespace

Result<std::shared_ptr<Channel>> Channel::open(Napi::Env env, ChannelCallbacks callbacks) {
  std::shared_ptr<Channel> channel(new Channel(std::move(callbacks)));
  // The function owns a share, so that deliveries under way find the channel whatever happens to the machine.
  auto share = std::make_unique<std::shared_ptr<Channel>>(channel);
  const auto release_share = [](napi_env, void* data, void*) { delete static_cast<std::shared_ptr<Channel>*>(data); };
  const napi_status status =
      napi_create_threadsafe_function(env, nullptr, nullptr, Napi::String::New(env, "volt.Machine"), 0, 1, share.get(),
                                      release_share, share.get(), on_javascript_thread, &channel->function_);
  if (status != napi_ok) return host_error(ENOMEM, "make a thread-safe function");
  share.release();
  return channel;
}

void Channel::send_event(std::string json) {
  send(Kind::event, std::move(json));
}

void Channel::send_console(std::string bytes) {
  {
    std::unique_lock lock(mutex_);
    taken_.wait(lock, [this] { return under_way_bytes_ < under_way_limit_bytes || hurry_; });
    under_way_bytes_ += bytes.size();
  }
  send(Kind::console, std::move(bytes));
}

void Channel::finish() {
  send(Kind::finished, "");
  if (!closing_) napi_release_threadsafe_function(function_, napi_tsfn_release);
}

void Channel::hurry() {
  const std::lock_guard lock(mutex_);
  hurry_ = true;
  taken_.notify_all();
}

void Channel::send(Kind kind, std::string bytes) {
  if (closing_) return;
  auto delivery = std::make_unique<Delivery>(Delivery{kind, std::move(bytes)});
  const napi_status status = napi_call_threadsafe_function(function_, delivery.get(), napi_tsfn_nonblocking);
  if (status == napi_ok) {
    delivery.release(); // owned by on_javascript_thread now
  } else if (status == napi_closing) {
    closing_ = true;
  }
}

void Channel::on_javascript_thread(napi_env env, napi_value, void* context, void* data) {
  const std::unique_ptr<Delivery> delivery(static_cast<Delivery*>(data));
  // Without an environment there is nobody to deliver to, only memory to release.
  if (env == nullptr) return;
  const std::shared_ptr<Channel> channel = *static_cast<std::shared_ptr<Channel>*>(context);
  const Napi::HandleScope scope(env);
  channel->deliver(env, *delivery);
}

namespace {

// Plain N-API: while an environment goes down, any of these calls may refuse, and then there is nobody to tell.
napi_value copied_chunk(napi_env env, const std::string& bytes) {
  napi_value chunk = nullptr;
  return napi_create_buffer_copy(env, bytes.size(), bytes.data(), nullptr, &chunk) == napi_ok ? chunk : nullptr;
}

// An exception of the callback is uncaught. It has to be said: Node only warns of one that is left pending here.
void call(napi_env env, const Napi::FunctionReference& callback, napi_value argument) {
  napi_value function = nullptr;
  napi_value undefined = nullptr;
  if (argument == nullptr || napi_get_reference_value(env, callback, &function) != napi_ok) return;
  if (napi_get_undefined(env, &undefined) != napi_ok) return;
  if (napi_call_function(env, undefined, function, 1, &argument, nullptr) != napi_pending_exception) return;
  napi_value exception = nullptr;
  if (napi_get_and_clear_last_exception(env, &exception) == napi_ok) napi_fatal_exception(env, exception);
}

} // namespace

void Channel::deliver(napi_env env, const Delivery& delivery) {
  switch (delivery.kind) {
  case Kind::event:
    call(env, callbacks_.on_event, parse_json(env, delivery.bytes));
    break;
  case Kind::console:
    delivered(delivery.bytes.size());
    call(env, callbacks_.on_console, copied_chunk(env, delivery.bytes));
    break;
  case Kind::finished:
    callbacks_.on_finished();
    callbacks_ = {};
    break;
  }
}

void Channel::delivered(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  under_way_bytes_ -= bytes;
  taken_.notify_all();
}

} // namespace volt::binding
