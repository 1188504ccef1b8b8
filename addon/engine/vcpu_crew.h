// The threads of a machine's vCPUs: they start together, pause together and leave for good.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <vector>

#include "base/thread.h"
#include "engine/placement.h"
#include "kvm/vcpu.h"

namespace volt {

/// Any thread may call, but for goes_on() and rest(), which are a vCPU's own. Its lock is taken last: nothing is called
/// back with it. Dismissed and joined before it is destroyed, if it was started.
class VcpuCrew {
public:
  /// What a vCPU's thread does: rounds of run() for as long as goes_on() says.
  using Work = std::function<void(kvm::Vcpu&)>;

  /// Before start().
  void add(kvm::Vcpu vcpu) { vcpus_.push_back(std::move(vcpu)); }
  /// Before start(): where each runs (engine/placement.h).
  void pin(std::vector<CpuMask> pins) { pins_ = std::move(pins); }
  [[nodiscard]] kvm::Vcpu& boot_processor() { return vcpus_.front(); }
  [[nodiscard]] std::size_t size() const { return vcpus_.size(); }

  /// Makes the threads, which wait for open_gate(). The last that leaves calls `all_left`. Where one cannot be made,
  /// those before it are there: they leave when the crew is dismissed and the gate open.
  [[nodiscard]] Result<void> start(const Work& work, const std::function<void()>& all_left);
  void open_gate();
  [[nodiscard]] bool has_threads() const;

  /// Every vCPU leaves after what it does at the moment; also one that is paused, or was not let through the gate yet.
  void dismiss();
  /// After the last one left.
  void join();

  /// Returns when no vCPU runs, true; false where none does anyway. Not by two threads at once.
  [[nodiscard]] bool pause();
  /// Whether it was paused.
  bool resume();
  [[nodiscard]] bool is_paused() const;

  /// Whether `vcpu` is to run again. Waits while the crew is paused.
  [[nodiscard]] bool goes_on(kvm::Vcpu& vcpu);
  /// For a vCPU that has nothing to do: waits so long, less when it is asked to pause or leave.
  void rest(std::chrono::milliseconds patience);

private:
  void run(kvm::Vcpu& vcpu, const Work& work, const std::function<void()>& all_left);
  void interrupt_locked();

  std::vector<kvm::Vcpu> vcpus_;
  std::vector<CpuMask> pins_;
  /// A pause or the end: what goes_on() looks at first, without the lock.
  std::atomic<bool> is_wanted_ = false;

  mutable std::mutex mutex_;
  // Below: guarded by mutex_.
  std::condition_variable asked_;   // the gate, a pause, its end, dismissal
  std::condition_variable settled_; // one more vCPU is parked or has left
  std::vector<Thread> threads_;
  std::size_t present_ = 0;
  std::size_t parked_ = 0;
  bool is_gate_open_ = false;
  bool is_paused_ = false;
  bool is_dismissed_ = false;
};

} // namespace volt
