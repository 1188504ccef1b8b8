// What makes an overlay's writes durable, in the order that docs/overlay-format.md promises.
#include <cassert>
#include <utility>

#include "devices/virtio/overlay_disk.h"

namespace volt::virtio {

namespace {
constexpr unsigned overlay_file = 1;
}

/// Data durable, then the bitmap's pages as they were when the pass began, then these durable.
struct OverlayDisk::FlushPass {
  std::vector<OverlayMap::Page> pages;
  std::vector<Done> done;
};

// One pass at a time: whoever comes meanwhile has the next one, all together.
void OverlayDisk::flush(Done done) {
  next_flush_.push_back(std::move(done));
  if (!is_flushing_) start_pass();
}

// The copies hold blocks whose data were written before this moment, so the first sync makes all of that data durable.
void OverlayDisk::start_pass() {
  is_flushing_ = true;
  const auto pass = std::make_shared<FlushPass>(FlushPass{map_.take_changed(), std::exchange(next_flush_, {})});
  sync([this, pass](int host_errno) {
    if (host_errno != 0) return end_pass(pass, host_errno);
    write_pages(pass, 0);
  });
}

void OverlayDisk::write_pages(const std::shared_ptr<FlushPass>& pass, std::size_t index) {
  if (pass->pages.empty()) return end_pass(pass, 0);
  if (index == pass->pages.size()) return sync([this, pass](int host_errno) { end_pass(pass, host_errno); });
  OverlayMap::Page& page = pass->pages[index];
  engine().start({.kind = IoOperation::Kind::write,
                  .file = overlay_file,
                  .offset = OverlayLayout::bitmap_offset() + page.index * OverlayMap::page_bytes,
                  .buffers = {{.iov_base = page.bytes.data(), .iov_len = page.bytes.size()}},
                  .done = [this, pass, index](int host_errno) {
                    if (host_errno != 0) return end_pass(pass, host_errno);
                    write_pages(pass, index + 1);
                  }});
}

void OverlayDisk::sync(Done done) {
  if (flush_ == Flush::orders_only) return done(0);
  engine().start({.kind = IoOperation::Kind::sync, .file = overlay_file, .done = std::move(done)});
}

void OverlayDisk::end_pass(const std::shared_ptr<FlushPass>& pass, int host_errno) {
  if (host_errno != 0) map_.put_back(pass->pages);
  is_flushing_ = false;
  for (const Done& done : pass->done)
    done(host_errno);
  if (!is_flushing_ && !next_flush_.empty()) start_pass();
}

// After the requests, the bitmap: whoever opens the file next has to find what was written.
void OverlayDisk::come_to_rest() {
  engine().cancel_all();
  assert(waiting_.empty() && locked_.empty() && !is_flushing_);
  if (!map_.has_changed()) return;
  flush([](int) {}); // a failure leaves what was not flushed as lost as a crash would
  engine().finish_all();
}

} // namespace volt::virtio
