// Construction in KVM's order, the vCPUs' loop, and the one end.
#include "engine/machine.h"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <new>
#include <string>
#include <unistd.h>

#include "engine/exit_handler.h"
#include "engine/generation_id.h"
#include "engine/idle_pause.h"

namespace volt {

namespace {

void signal_counter(const FileDescriptor& counter) {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(counter.get(), &one, sizeof one);
  assert(written == sizeof one);
}

} // namespace

Result<std::unique_ptr<Machine>> Machine::create(const Plan& plan, int kvm, const PlanDescriptors& files) {
  auto own_console = std::make_unique<Console>();
  Console& console = *own_console;
  return create(plan, kvm, files, std::move(own_console), console, [] { return false; });
}

Result<std::unique_ptr<Machine>> Machine::create(const Plan& plan, int kvm, const PlanDescriptors& files,
                                                 Console& console, const Cancelled& cancelled) {
  return create(plan, kvm, files, nullptr, console, cancelled);
}

Result<std::unique_ptr<Machine>> Machine::create(const Plan& plan, int kvm, const PlanDescriptors& files,
                                                 std::unique_ptr<Console> own_console, Console& console,
                                                 const Cancelled& cancelled) {
  FileDescriptor kvm_descriptor = TRY(FileDescriptor::duplicate(kvm));
  const kvm::System system = TRY(kvm::System::adopt(std::move(kvm_descriptor)));
  TRY(system.require(plan.capabilities));
  GuestMemory memory = TRY(GuestMemory::create(plan.memory, plan.backing));
  TRY(load_memory(plan, files, memory, cancelled));
  if (plan.generation_id) TRY(write_generation_id(*plan.generation_id, memory));
  kvm::Vm vm = TRY(kvm::Vm::create(system));
  FileDescriptor ended_counter = TRY(FileDescriptor::event_counter());
  FileDescriptor notice_counter = TRY(FileDescriptor::event_counter());
  Parts parts{.memory = std::move(memory),
              .vm = std::move(vm),
              .ended_counter = std::move(ended_counter),
              .notice_counter = std::move(notice_counter)};
  std::unique_ptr<Machine> machine(new Machine(std::move(parts), std::move(own_console), console));
  TRY(machine->create_hardware(plan, files));
  return machine;
}

Result<void> Machine::create_hardware(const Plan& plan, const PlanDescriptors& files) {
  TRY(vm_.map_memory(memory_));
  TRY(vm_.set_identity_map(plan.interrupts.identity_map));
  TRY(vm_.set_tss(plan.interrupts.tss));
  if (plan.vcpus.front().apic_id != 0) TRY(vm_.set_boot_processor(plan.vcpus.front().apic_id));
  if (std::ranges::max(plan.vcpus, {}, &VcpuPlan::apic_id).apic_id > highest_xapic_id) TRY(vm_.use_x2apic_ids());
  TRY(vm_.create_irqchip());
  if (plan.interrupts.pit) TRY(vm_.create_pit());
  for (const VcpuPlan& vcpu : plan.vcpus)
    TRY(create_vcpu(plan, vcpu));
  TRY(vcpus_.front().set_boot_state(plan.boot));
  board_ =
      TRY(Board::create(plan, {.files = files, .memory = memory_, .vm = vm_, .console = console_, .listener = *this}));
  return {};
}

Result<void> Machine::create_vcpu(const Plan& plan, const VcpuPlan& vcpu_plan) {
  kvm::Vcpu vcpu = TRY(vm_.create_vcpu(vcpu_plan.apic_id));
  TRY(vcpu.set_cpuid(cpuid_of(plan, vcpu_plan)));
  TRY(vcpu.set_msrs(plan.msrs));
  TRY(vcpu.set_local_vectors(plan.interrupts.lvt));
  vcpus_.push_back(std::move(vcpu));
  return {};
}

Machine::~Machine() {
  stop();
  join();
}

Result<void> Machine::start(const std::function<void()>& announce) {
  Result<void> result;
  bool has_vcpus = true;
  {
    const std::lock_guard lock(mutex_);
    if (phase_ != Phase::created) return Error{.message = "the machine was started or stopped before"};
    result = start_threads_locked();
    has_vcpus = running_ > 0;
    if (result.ok()) announce();
    gate_open_ = true;
    gate_.notify_all();
  }
  if (!has_vcpus) end();
  if (!result.ok()) join();
  return result;
}

// Threads that exist wait at the gate, so the guest runs either on all its processors or not at all.
Result<void> Machine::start_threads_locked() {
  phase_ = Phase::running;
  Result<void> result = board_->start();
  if (!result.ok()) stop_with_locked(host_error_report(result.error()));
  threads_.reserve(vcpus_.size());
  for (std::size_t index = 0; index < vcpus_.size() && result.ok(); ++index) {
    auto thread = Thread::start("vcpu" + std::to_string(index), [this, index] { run_vcpu(vcpus_[index]); });
    if (thread.ok()) {
      threads_.push_back(std::move(thread).value());
      ++running_;
    } else {
      result = std::move(thread).error();
      stop_with_locked(host_error_report(result.error()));
    }
  }
  return result;
}

void Machine::run_vcpu(kvm::Vcpu& vcpu) {
  {
    std::unique_lock lock(mutex_);
    gate_.wait(lock, [this] { return gate_open_; });
  }
  try {
    run_until_stop(vcpu);
  } catch (const std::bad_alloc&) {
    stop_with({.reason = StopReason::host_error, .message = "out of memory", .vcpu = vcpu.id(), .host_errno = ENOMEM});
  }
  bool is_last = false;
  {
    const std::lock_guard lock(mutex_);
    is_last = --running_ == 0;
  }
  if (is_last) end();
}

void Machine::run_until_stop(kvm::Vcpu& vcpu) {
  IdlePause idle;
  while (!stopping_) {
    auto exit = vcpu.run();
    const bool is_idle = exit.ok() && std::holds_alternative<kvm::NotRunnableExit>(exit.value());
    if (const auto pause = idle.after(is_idle); pause > pause.zero()) wait_for_stop(pause);
    auto report = exit.ok() ? handle_exit(exit.value(), vcpu, *board_) : host_error_report(exit.error());
    if (!report) continue;
    if (!report->vcpu) report->vcpu = vcpu.id();
    stop_with(*std::move(report));
  }
}

void Machine::wait_for_stop(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  stop_asked_.wait_for(lock, patience, [this] { return report_.has_value(); });
}

void Machine::stop() {
  stop_with({.reason = StopReason::stopped, .message = "the machine was asked to stop"});
}

void Machine::stop_with(StopReport report) {
  const std::lock_guard lock(mutex_);
  stop_with_locked(std::move(report));
}

// The first report stays. immediate_exit is set before the kick: a vCPU that is not in KVM_RUN yet will not stay there.
void Machine::stop_with_locked(StopReport report) {
  if (report_) return;
  report_ = std::move(report);
  stopping_ = true;
  stop_asked_.notify_all();
  for (kvm::Vcpu& vcpu : vcpus_)
    vcpu.request_exit();
  for (const Thread& thread : threads_)
    thread.kick();
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
  assert(report_ && running_ == 0);
  phase_ = Phase::ended;
  if (own_console_ != nullptr) own_console_->close();
  signal_counter(ended_counter_);
  all_left_.notify_all();
}

void Machine::join() {
  const std::lock_guard join_lock(join_mutex_);
  std::vector<Thread> threads;
  {
    std::unique_lock lock(mutex_);
    all_left_.wait(lock, [this] { return phase_ != Phase::running; });
    // From here on nobody kicks them: a joined thread must not be signalled.
    threads.swap(threads_);
  }
  for (Thread& thread : threads)
    thread.join();
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

// The device is told without mutex_, after which its lock comes; the notice goes before, so that it never follows the
// end that the guest makes of it.
bool Machine::press_power_button() {
  {
    const std::lock_guard lock(mutex_);
    if (phase_ != Phase::running || report_ || !board_->has_power_button()) return false;
    notify_locked({.kind = Notice::Kind::power_button});
  }
  board_->press_power_button();
  return true;
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
