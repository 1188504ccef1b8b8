// From one boot to the next: start, wait, release, pause.
#include "vmm/boot_sequence.h"

#include <array>
#include <cstdio>
#include <malloc.h>
#include <poll.h>
#include <unistd.h>

#include "base/program_pages.h"
#include "engine/event.h"
#include "engine/exit_handler.h"
#include "sandbox/seccomp.h"

namespace volt {

namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

/// Waits until one of the descriptors is readable, for `patience` at most.
template <std::size_t count>
void wait_readable(const std::array<int, count>& descriptors, milliseconds patience) {
  std::array<pollfd, count> requests{};
  for (std::size_t index = 0; index < count; ++index)
    requests[index] = {descriptors[index], POLLIN, 0};
  poll(requests.data(), requests.size(), static_cast<int>(patience.count()));
}

} // namespace

Result<void> BootSequence::prepare() {
  machine_ = TRY(Machine::create(blueprint_.plan, arguments_.kvm, blueprint_.files, {console_, rings_},
                                 [this] { return signals_.end_requested(); }));
  return {};
}

/// What only the first machine needs ends before a guest can break out.
Result<void> BootSequence::settle() {
  rings_.close();
  const bool is_wide = needs_x2apic_ids(blueprint_.plan);
  return settle_process(is_wide ? LaterMachines::enable_capabilities : LaterMachines::as_usual);
}

Result<StopReport> BootSequence::run() {
  TRY(settle());
  if (arguments_.console_out < 0) {
    console_.discard_output();
  } else {
    TRY(output_.start("console-out", console_.output(), arguments_.console_out));
  }
  if (arguments_.console_in >= 0) TRY(InputPump::start("console-in", input_, arguments_.console_in));
  if (arguments_.control >= 0) TRY(control_.start(arguments_.control));
  StopReport report = TRY(boot());
  while (report.reason == StopReason::reset && arguments_.on_reset == OnReset::restart && !signals_.end_requested()) {
    report = boot_again();
  }
  // Never destroyed: the kernel takes everything back at once when the process ends.
  static_cast<void>(machine_.release());
  return report;
}

void BootSequence::finish(FlushBudget& budget) {
  console_.close();
  output_.flush(budget);
  dropped_.report(output_.lost_bytes());
}

Result<StopReport> BootSequence::boot() {
  begin_ = Clock::now();
  TRY(machine_->start([this] { events_.write(started_event(getpid(), machine_->vcpu_count())); }));
  input_.connect(machine_.get());
  desk_.connect(machine_.get());
  release_program_pages();
  wait_for_end();
  desk_.connect(nullptr);
  input_.connect(nullptr);
  return *machine_->ended();
}

StopReport BootSequence::boot_again() {
  const auto ran = Clock::now() - begin_;
  // Its memory goes before the next one's comes.
  machine_.reset();
  malloc_trim(0);
  const milliseconds delay = guard_.delay_after(ran);
  events_.write(reset_event(delay));
  pause(delay);
  auto report = prepare_and_boot();
  if (report.ok()) return std::move(report).value();
  if (signals_.end_requested()) {
    return {.reason = StopReason::stopped, .message = "the machine was asked to stop while it reset"};
  }
  Error error = std::move(report).error();
  error.message = "the guest reset itself and cannot boot again: " + error.message;
  return host_error_report(error);
}

Result<StopReport> BootSequence::prepare_and_boot() {
  TRY(prepare());
  return boot();
}

void BootSequence::wait_for_end() {
  const std::array descriptors{machine_->ended_descriptor(), machine_->notice_descriptor(), signals_.descriptor()};
  while (!machine_->ended()) {
    wait_readable(descriptors, DroppedReporter::between_events);
    serve_signals();
    write_notices();
    dropped_.report_if_due();
  }
  write_notices();
}

void BootSequence::pause(milliseconds delay) {
  const auto end = Clock::now() + delay;
  serve_signals();
  while (!signals_.end_requested() && Clock::now() < end) {
    wait_readable(std::array{signals_.descriptor()}, std::chrono::ceil<milliseconds>(end - Clock::now()));
    serve_signals();
  }
}

void BootSequence::serve_signals() {
  if (signals_.end_requested() && machine_ != nullptr) machine_->stop();
  if (signals_.take_power_press() && (machine_ == nullptr || !machine_->press_power_button())) {
    std::fprintf(stderr, "volt-vmm: SIGPWR: there is no power button to press, or no guest that runs\n");
  }
}

void BootSequence::write_notices() {
  for (const Notice& notice : machine_->take_notices())
    events_.write(notice_event(notice));
}

} // namespace volt
