// The ring's set-up: what it is restricted to before it is enabled.
#include "devices/virtio/io_ring.h"

#include <array>
#include <cerrno>
#include <vector>

#include "base/fault.h"

namespace volt::virtio {

namespace {

/// The result of a liburing call, which is an errno made negative.
Result<void> check(int result, const char* attempted) {
  if (result < 0) return host_error(-result, attempted);
  return {};
}

std::array<io_uring_restriction, 6> restrictions() {
  std::array<io_uring_restriction, 6> list{};
  const std::array<std::uint8_t, 4> operations{IORING_OP_READV, IORING_OP_WRITEV, IORING_OP_FSYNC, IORING_OP_FALLOCATE};
  for (std::size_t index = 0; index < operations.size(); ++index) {
    list[index].opcode = IORING_RESTRICTION_SQE_OP;
    list[index].sqe_op = operations[index];
  }
  list[4].opcode = IORING_RESTRICTION_SQE_FLAGS_ALLOWED;
  list[4].sqe_flags = IOSQE_FIXED_FILE;
  list[5].opcode = IORING_RESTRICTION_SQE_FLAGS_REQUIRED;
  list[5].sqe_flags = IOSQE_FIXED_FILE;
  return list;
}

} // namespace

Result<std::shared_ptr<IoRing>> IoRing::create(std::span<const FileDescriptor> files) {
  std::shared_ptr<IoRing> ring(new IoRing);
  TRY(ring->set_up(files));
  return ring;
}

// Nothing can be submitted before the last step, by when the ring is restricted: no register operation is left, and of
// the others only those listed, on registered files.
Result<void> IoRing::set_up(std::span<const FileDescriptor> files) {
  const int made = fault::strikes() ? -ENOMEM : io_uring_queue_init(entries, &ring_, IORING_SETUP_R_DISABLED);
  TRY(check(made, "create an I/O ring (io_uring)"));
  is_made_ = true;
  std::vector<int> descriptors;
  for (const FileDescriptor& file : files)
    descriptors.push_back(file.get());
  TRY(check(io_uring_register_files(&ring_, descriptors.data(), static_cast<unsigned>(descriptors.size())),
            "register files with an I/O ring"));
  completed_ = TRY(FileDescriptor::event_counter());
  TRY(check(io_uring_register_eventfd(&ring_, completed_.get()), "register an event with an I/O ring"));
  auto list = restrictions();
  TRY(check(io_uring_register_restrictions(&ring_, list.data(), static_cast<unsigned>(list.size())),
            "restrict an I/O ring"));
  return check(io_uring_enable_rings(&ring_), "enable an I/O ring");
}

IoRing::~IoRing() {
  if (is_made_) io_uring_queue_exit(&ring_);
}

} // namespace volt::virtio
