// A machine's life: the vCPUs' loop, the one end, and what may be asked of it meanwhile.
#include "engine/machine.h"

#include <cassert>
#include <cerrno>
#include <new>
#include <unistd.h>

#include "engine/exit_handler.h"
#include "engine/idle_pause.h"

namespace volt {

namespace {

void signal_counter(const FileDescriptor& counter) {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(counter.get(), &one, sizeof one);
  assert(written == sizeof one);
}

} // namespace

Machine::~Machine() {
  stop();
  join();
}

Result<void> Machine::start(const std::function<void()>& announce) {
  Result<void> result;
  bool has_threads = true;
  {
    const std::lock_guard lock(mutex_);
    if (phase_ != Phase::created) return Error{.message = "the machine was started or stopped before"};
    phase_ = Phase::running;
    result = start_threads();
    if (result.ok())
      announce();
    else
      stop_with_locked(host_error_report(result.error()));
    has_threads = crew_.has_threads();
    crew_.open_gate();
  }
  if (!has_threads) end();
  if (!result.ok()) join();
  return result;
}

Result<void> Machine::start_threads() {
  TRY(board_->start());
  return crew_.start([this](kvm::Vcpu& vcpu) { run_vcpu(vcpu); }, [this] { end(); });
}

void Machine::run_vcpu(kvm::Vcpu& vcpu) {
  try {
    run_until_stop(vcpu);
  } catch (const std::bad_alloc&) {
    stop_with({.reason = StopReason::host_error, .message = "out of memory", .vcpu = vcpu.id(), .host_errno = ENOMEM});
  }
}

void Machine::run_until_stop(kvm::Vcpu& vcpu) {
  IdlePause idle;
  while (crew_.goes_on(vcpu)) {
    auto exit = vcpu.run();
    board_->fetch_kept_output();
    const bool is_idle = exit.ok() && std::holds_alternative<kvm::NotRunnableExit>(exit.value());
    if (const auto pause = idle.after(is_idle); pause > pause.zero()) crew_.rest(pause);
    auto report = exit.ok() ? handle_exit(exit.value(), vcpu, *board_) : host_error_report(exit.error());
    board_->follow_kept_output();
    if (!report) continue;
    if (!report->vcpu) report->vcpu = vcpu.id();
    stop_with(*std::move(report));
  }
}

void Machine::stop() {
  stop_with({.reason = StopReason::stopped, .message = "the machine was asked to stop"});
}

void Machine::stop_with(StopReport report) {
  const std::lock_guard lock(mutex_);
  stop_with_locked(std::move(report));
}

// The first report stays.
void Machine::stop_with_locked(StopReport report) {
  if (report_) return;
  report_ = std::move(report);
  crew_.dismiss();
  if (phase_ == Phase::created) end_locked();
}

// On the last vCPU's thread, or the starter's where there is none. The devices come to rest before anyone hears of the
// end, and without mutex_, which their loops may want.
void Machine::end() {
  board_->stop();
  const std::lock_guard lock(mutex_);
  end_locked();
}

void Machine::end_locked() {
  assert(report_ && !crew_.has_threads());
  phase_ = Phase::ended;
  if (own_console_ != nullptr) own_console_->close();
  signal_counter(ended_counter_);
  all_left_.notify_all();
}

void Machine::join() {
  const std::lock_guard join_lock(join_mutex_);
  {
    std::unique_lock lock(mutex_);
    all_left_.wait(lock, [this] { return phase_ != Phase::running; });
  }
  crew_.join();
}

std::optional<StopReport> Machine::ended() const {
  const std::lock_guard lock(mutex_);
  return phase_ == Phase::ended ? report_ : std::nullopt;
}

std::size_t Machine::write_console(std::span<const std::uint8_t> input) {
  const std::size_t taken = console_.input().push(input);
  board_->console_has_input(); // also for what a shared console had before
  return taken;
}

bool Machine::resize_console(virtio::ConsoleSize size) {
  console_.resize(size);
  return board_->console_resized();
}

// The device is told without mutex_, after which its lock comes; the notice goes before, so that it never follows the
// end that the guest makes of it.
bool Machine::press_power_button() {
  {
    const std::lock_guard lock(mutex_);
    if (phase_ != Phase::running || report_ || !board_->has_power_button()) return false;
    notify_locked({.kind = Notice::Kind::power_button});
  }
  board_->press_power_button();
  static_cast<void>(resume()); // false where it has ended since
  return true;
}

bool Machine::pause() {
  const std::lock_guard pause_lock(pause_mutex_);
  if (crew_.is_paused()) return true;
  if (!crew_.pause()) return false;
  notify({.kind = Notice::Kind::paused});
  return true;
}

bool Machine::resume() {
  const std::lock_guard pause_lock(pause_mutex_);
  {
    const std::lock_guard lock(mutex_);
    if (phase_ != Phase::running || report_) return false;
  }
  // The notice goes before, so that it never follows what the guest makes of it.
  if (!crew_.is_paused()) return true;
  notify({.kind = Notice::Kind::resumed});
  return crew_.resume();
}

std::vector<Notice> Machine::take_notices() {
  const std::lock_guard lock(mutex_);
  std::uint64_t count = 0;
  static_cast<void>(read(notice_counter_.get(), &count, sizeof count)); // there may be none
  return std::exchange(notices_, {});
}

void Machine::notify(Notice notice) {
  const std::lock_guard lock(mutex_);
  notify_locked(std::move(notice));
}

void Machine::notify_locked(Notice notice) {
  notices_.push_back(std::move(notice));
  signal_counter(notice_counter_);
  console_.output().wake_consumer();
}

void Machine::guest_powered_off() {
  stop_with({.reason = StopReason::poweroff, .message = "the guest powered itself off"});
}

void Machine::guest_panicked() {
  stop_with({.reason = StopReason::panic, .message = "the guest reported a crash"});
}

void Machine::guest_loaded_crash_kernel() {
  notify({.kind = Notice::Kind::crash_loaded});
}

void Machine::guest_reset() {
  stop_with({.reason = StopReason::reset, .message = "the guest reset itself"});
}

void Machine::device_fault(const std::string& id, std::string_view text) {
  notify({.kind = Notice::Kind::device_fault, .device = id, .message = std::string(text)});
}

void Machine::device_link_down(const std::string& id, const std::string& reason) {
  notify({.kind = Notice::Kind::link_down, .device = id, .message = reason});
}

void Machine::device_back_end_down(const std::string& id, const std::string& reason) {
  notify({.kind = Notice::Kind::back_end_down, .device = id, .message = reason});
}

void Machine::device_failed(const Error& error) {
  stop_with(host_error_report(error));
}

} // namespace volt
