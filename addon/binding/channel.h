// The way from a machine's threads to two JavaScript callbacks: in order, and with a bound on what is under way.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <napi.h>
#include <string>

#include "base/result.h"

namespace volt::binding {

struct ChannelCallbacks {
  Napi::FunctionReference on_event;
  Napi::FunctionReference on_console;
  /// After everything was delivered. All three run on the JavaScript thread.
  std::function<void()> on_finished;
};

/// Keeps Node's event loop alive until on_finished was called. One thread sends.
class Channel {
public:
  /// On the JavaScript thread.
  [[nodiscard]] static Result<std::shared_ptr<Channel>> open(Napi::Env env, ChannelCallbacks callbacks);

  /// An event as JSON.
  void send_event(std::string json);
  /// Console output; waits while JavaScript has much of it still to take, unless hurry() was called.
  void send_console(std::string bytes);
  /// The last call of the sender: on_finished follows.
  void finish();

  /// Never waits for JavaScript again. From any thread.
  void hurry();

private:
  enum class Kind { event, console, finished };
  struct Delivery {
    Kind kind;
    std::string bytes;
  };

  explicit Channel(ChannelCallbacks callbacks) : callbacks_(std::move(callbacks)) {}
  void send(Kind kind, std::string bytes);
  void deliver(napi_env env, const Delivery& delivery);
  void delivered(std::size_t bytes);
  static void on_javascript_thread(napi_env env, napi_value function, void* context, void* data);

  ChannelCallbacks callbacks_; // JavaScript thread only
  napi_threadsafe_function function_ = nullptr;
  bool closing_ = false; // sender only: the environment goes down, function_ must not be used

  std::mutex mutex_;
  // Below: guarded by mutex_.
  std::condition_variable taken_;
  std::size_t under_way_bytes_ = 0;
  bool hurry_ = false;
};

} // namespace volt::binding
