// A vCPU in KVM_RUN is got out by immediate_exit and a kick: one that is not there yet will not stay.
#include "engine/vcpu_crew.h"

#include <algorithm>
#include <string>

namespace volt {

Result<void> VcpuCrew::start(const Work& work, const std::function<void()>& all_left) {
  const std::lock_guard lock(mutex_);
  threads_.reserve(vcpus_.size());
  for (kvm::Vcpu& vcpu : vcpus_) {
    const std::string name = "vcpu" + std::to_string(threads_.size());
    threads_.push_back(TRY(Thread::start(
        name, [this, &vcpu, work, all_left] { run(vcpu, work, all_left); }, ThreadKind::vcpu)));
    ++present_;
    if (!pins_.empty()) TRY(threads_.back().pin(pins_[std::min(threads_.size(), pins_.size()) - 1]));
  }
  return {};
}

void VcpuCrew::open_gate() {
  const std::lock_guard lock(mutex_);
  is_gate_open_ = true;
  asked_.notify_all();
}

bool VcpuCrew::has_threads() const {
  const std::lock_guard lock(mutex_);
  return present_ > 0;
}

// The guest runs either on all its processors or not at all.
void VcpuCrew::run(kvm::Vcpu& vcpu, const Work& work, const std::function<void()>& all_left) {
  {
    std::unique_lock lock(mutex_);
    asked_.wait(lock, [this] { return is_gate_open_; });
  }
  work(vcpu);
  bool is_last = false;
  {
    const std::lock_guard lock(mutex_);
    is_last = --present_ == 0;
    settled_.notify_all();
  }
  if (is_last) all_left();
}

void VcpuCrew::interrupt_locked() {
  is_wanted_ = true;
  asked_.notify_all();
  for (kvm::Vcpu& vcpu : vcpus_)
    vcpu.request_exit();
  for (const Thread& thread : threads_)
    thread.kick();
}

void VcpuCrew::dismiss() {
  const std::lock_guard lock(mutex_);
  is_dismissed_ = true;
  interrupt_locked();
  settled_.notify_all();
}

void VcpuCrew::join() {
  std::vector<Thread> threads;
  {
    // From here on nobody kicks them: a joined thread must not be signalled.
    const std::lock_guard lock(mutex_);
    threads.swap(threads_);
  }
  for (Thread& thread : threads)
    thread.join();
}

bool VcpuCrew::pause() {
  std::unique_lock lock(mutex_);
  if (!is_gate_open_ || is_dismissed_) return false;
  is_paused_ = true;
  interrupt_locked();
  settled_.wait(lock, [this] { return is_dismissed_ || parked_ == present_; });
  return !is_dismissed_;
}

bool VcpuCrew::resume() {
  const std::lock_guard lock(mutex_);
  if (!is_paused_) return false;
  is_paused_ = false;
  if (is_dismissed_) return true;
  is_wanted_ = false;
  for (kvm::Vcpu& vcpu : vcpus_)
    vcpu.withdraw_exit();
  asked_.notify_all();
  return true;
}

bool VcpuCrew::is_paused() const {
  const std::lock_guard lock(mutex_);
  return is_paused_ && !is_dismissed_;
}

bool VcpuCrew::goes_on(kvm::Vcpu& vcpu) {
  if (!is_wanted_) return true;
  std::unique_lock lock(mutex_);
  if (is_paused_ && !is_dismissed_) {
    vcpu.note_pause();
    ++parked_;
    settled_.notify_all();
    asked_.wait(lock, [this] { return !is_paused_ || is_dismissed_; });
    --parked_;
  }
  return !is_dismissed_;
}

void VcpuCrew::rest(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  asked_.wait_for(lock, patience, [this] { return is_paused_ || is_dismissed_; });
}

} // namespace volt
