// The carrier's thread, and the order of release.
#include "binding/machine_session.h"

#include <unistd.h>

#include "engine/event.h"

namespace volt::binding {

namespace {

using std::chrono::milliseconds;
constexpr std::size_t chunk_bytes = 64 * 1024;
constexpr milliseconds between_dropped_events{1000};

} // namespace

MachineSession::~MachineSession() {
  close();
}

Result<void> MachineSession::start(Napi::Env env, ChannelCallbacks callbacks) {
  if (machine_ == nullptr) return Error{.message = "the machine was closed before"};
  TRY(machine_->start());
  return attach(env, std::move(callbacks), WasStarted::yes);
}

Result<void> MachineSession::stop_unstarted(Napi::Env env, ChannelCallbacks callbacks) {
  if (machine_ == nullptr) return Error{.message = "the machine was closed before"};
  machine_->stop();
  return attach(env, std::move(callbacks), WasStarted::no);
}

Result<void> MachineSession::attach(Napi::Env env, ChannelCallbacks callbacks, WasStarted was_started) {
  auto on_finished = std::move(callbacks.on_finished);
  // What the machine holds is given back when it has ended, not when the garbage collector gets there.
  callbacks.on_finished = [this, on_finished] {
    close();
    on_finished();
  };
  auto channel = Channel::open(env, std::move(callbacks));
  if (!channel.ok()) {
    machine_->stop();
    return std::move(channel).error();
  }
  channel_ = std::move(channel).value();
  auto carrier = Thread::start("console", [this, was_started] { carry(was_started); });
  if (!carrier.ok()) {
    machine_->stop();
    channel_->finish();
    return std::move(carrier).error();
  }
  carrier_ = std::move(carrier).value();
  // Registered after the thread-safe function, so it runs before the function goes: the carrier is gone by then.
  napi_add_env_cleanup_hook(env, on_environment_cleanup, this);
  hooked_env_ = env;
  return {};
}

// On the carrier's thread: until the machine has ended and its output is delivered.
void MachineSession::carry(WasStarted was_started) {
  using Clock = std::chrono::steady_clock;
  Console& console = machine_->console();
  if (was_started == WasStarted::yes) channel_->send_event(started_event(getpid(), machine_->vcpu_count()));
  std::vector<std::uint8_t> chunk(chunk_bytes);
  auto last_dropped_event = Clock::now() - between_dropped_events;
  bool more = true;
  while (more) {
    const std::size_t count = console.output().pop_wait(chunk, between_dropped_events);
    if (count > 0)
      channel_->send_console(std::string(chunk.begin(), chunk.begin() + static_cast<std::ptrdiff_t>(count)));
    more = !console.output().exhausted();
    for (const Notice& notice : machine_->take_notices())
      channel_->send_event(notice_event(notice));
    if (more && Clock::now() - last_dropped_event < between_dropped_events) continue;
    if (const std::uint64_t dropped = console.take_dropped()) {
      channel_->send_event(console_dropped_event(dropped));
      last_dropped_event = Clock::now();
    }
  }
  if (const auto report = machine_->ended()) channel_->send_event(stopped_event(*report));
  channel_->finish();
}

void MachineSession::stop() {
  if (machine_ != nullptr) machine_->stop();
}

bool MachineSession::press_power_button() {
  return machine_ != nullptr && machine_->press_power_button();
}

bool MachineSession::pause() {
  return machine_ != nullptr && machine_->pause();
}

bool MachineSession::resume() {
  return machine_ != nullptr && machine_->resume();
}

bool MachineSession::resize(virtio::ConsoleSize size) {
  return machine_ != nullptr && machine_->resize_console(size);
}

std::size_t MachineSession::write(std::span<const std::uint8_t> input) {
  return machine_ == nullptr ? 0 : machine_->write_console(input);
}

void MachineSession::close() {
  if (machine_ == nullptr) return;
  machine_->stop();
  if (channel_ != nullptr) channel_->hurry();
  carrier_.join();
  detach_cleanup_hook();
  machine_.reset();
}

void MachineSession::detach_cleanup_hook() {
  if (hooked_env_ != nullptr) napi_remove_env_cleanup_hook(hooked_env_, on_environment_cleanup, this);
  hooked_env_ = nullptr;
}

void MachineSession::on_environment_cleanup(void* session) {
  auto& self = *static_cast<MachineSession*>(session);
  self.hooked_env_ = nullptr; // it is being run
  self.close();
}

} // namespace volt::binding
