// Every exit fetches first, so that what a guest did in an order is handled in it.
#include "engine/coalesced_output.h"

namespace volt {

void CoalescedOutput::fetch() {
  if (!is_kept_ || parts_.ring.empty()) return;
  const std::lock_guard lock(mutex_);
  if (is_kept_) fetch_locked();
}

void CoalescedOutput::fetch_locked() {
  fetched_ += parts_.ring.take([this](const kvm::PortWrite& write) { parts_.ports.write(write.port, write.data); });
}

void CoalescedOutput::follow() {
  if (is_closed_ || parts_.port.may_keep_output() == is_kept_) return;
  const std::lock_guard lock(mutex_);
  const bool is_wanted = parts_.port.may_keep_output();
  if (is_closed_ || is_wanted == is_kept_) return;
  is_wanted ? begin_locked() : end_locked();
}

// The flag goes before, so that another vCPU that has something in the ring fetches it.
void CoalescedOutput::begin_locked() {
  is_kept_ = true;
  if (!parts_.kept->begin().ok()) {
    // Without it all is as it was.
    is_kept_ = false;
    is_closed_ = true;
    return;
  }
  fetched_ = 0;
  quiet_ = 0;
  parts_.output.await_late(shared_from_this(), interval);
}

// The flag goes after, so that another vCPU waits for what it has in the ring.
void CoalescedOutput::end_locked() {
  const auto ended = parts_.kept->end();
  fetch_locked();
  is_kept_ = false;
  parts_.output.await_late(nullptr);
  if (ended.ok()) return;
  is_closed_ = true;
  parts_.failed(ended.error());
}

void CoalescedOutput::close() {
  const std::lock_guard lock(mutex_);
  is_closed_ = true;
  if (is_kept_) end_locked();
}

void CoalescedOutput::catch_up() {
  const std::lock_guard lock(mutex_);
  if (!is_kept_) return;
  fetch_locked();
  quiet_ = fetched_ > 0 ? 0 : quiet_ + 1;
  fetched_ = 0;
  if (quiet_ < patience) return;
  parts_.port.output_rests();
  end_locked();
}

} // namespace volt
