// A machine inside a Node process, and the thread that carries its console and events to JavaScript.
#pragma once

#include <memory>

#include "base/thread.h"
#include "binding/channel.h"
#include "engine/machine.h"

namespace volt::binding {

/// Used on the JavaScript thread.
class MachineSession {
public:
  explicit MachineSession(std::unique_ptr<Machine> machine) : machine_(std::move(machine)) {}
  MachineSession(const MachineSession&) = delete;
  MachineSession& operator=(const MachineSession&) = delete;
  ~MachineSession();

  /// Whether a channel was attached, so that `stopped` has been or will be delivered.
  [[nodiscard]] bool attached() const { return channel_ != nullptr; }

  [[nodiscard]] bool closed() const { return machine_ == nullptr; }

  /// Starts the machine and delivers `started`. After a failure nothing will be delivered.
  [[nodiscard]] Result<void> start(Napi::Env env, ChannelCallbacks callbacks);
  /// Ends a machine that was never started; `stopped` is delivered all the same.
  [[nodiscard]] Result<void> stop_unstarted(Napi::Env env, ChannelCallbacks callbacks);
  /// Ends a machine that runs; nothing to do for one that has ended.
  void stop();
  /// Whether it was pressed, and a `power-button` event follows; not so where nothing runs or there is no power device.
  [[nodiscard]] bool press_power_button();
  /// Whether the guest stands still, or goes on; false where nothing runs. An event follows a change.
  [[nodiscard]] bool pause();
  [[nodiscard]] bool resume();
  /// Whether the guest is told of the terminal's size; not so without a virtio console, or after close().
  [[nodiscard]] bool resize(virtio::ConsoleSize size);
  /// Bytes taken; 0 after close().
  [[nodiscard]] std::size_t write(std::span<const std::uint8_t> input);
  /// Stops, joins all threads and releases the machine. What is under way is delivered still.
  void close();

private:
  enum class WasStarted { no, yes };
  [[nodiscard]] Result<void> attach(Napi::Env env, ChannelCallbacks callbacks, WasStarted was_started);
  void detach_cleanup_hook();
  void carry(WasStarted was_started);
  static void on_environment_cleanup(void* session);

  std::unique_ptr<Machine> machine_;
  std::shared_ptr<Channel> channel_;
  Thread carrier_;
  napi_env hooked_env_ = nullptr;
};

} // namespace volt::binding
