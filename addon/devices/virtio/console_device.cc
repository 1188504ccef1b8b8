// Output goes to the peer at once; input waits there until the driver has buffers for it.
#include "devices/virtio/console_device.h"

#include <linux/virtio_console.h>
#include <linux/virtio_ids.h>

namespace volt::virtio {

namespace {

// Of port 0, named by the driver's direction.
constexpr std::uint16_t receive_queue = 0;
constexpr std::uint16_t transmit_queue = 1;

constexpr std::uint64_t size_feature = std::uint64_t{1} << VIRTIO_CONSOLE_F_SIZE;

} // namespace

std::uint32_t ConsoleDevice::type() const {
  return VIRTIO_ID_CONSOLE;
}

std::uint64_t ConsoleDevice::features() const {
  return size_feature;
}

void ConsoleDevice::read_configuration(std::uint64_t offset, std::span<std::uint8_t> data) {
  virtio_console_config configuration{};
  configuration.cols = size_.columns;
  configuration.rows = size_.rows;
  read_structure(configuration, offset, data);
}

// Linux without multiport reads the size when it changes, and not at its start.
void ConsoleDevice::activate(std::uint64_t features) {
  if (host().queue(receive_queue).usable()) peer_.claim_input();
  if ((features & size_feature) != 0 && size_ != ConsoleSize{}) host().configuration_changed();
}

void ConsoleDevice::notified(std::uint16_t queue) {
  if (queue == receive_queue) {
    serve_input();
  } else {
    serve_output();
  }
}

void ConsoleDevice::input_arrived() {
  if (is_service_due_.exchange(true)) return;
  host().loop().post([this] {
    is_service_due_ = false;
    host().serve_later(receive_queue); // which knows whether the driver runs
  });
}

void ConsoleDevice::update_size() {
  const ConsoleSize size = peer_.size();
  if (size == size_) return;
  size_ = size;
  host().configuration_changed();
}

void ConsoleDevice::serve_input() {
  const auto may_take = [this] { return peer_.has_input(); };
  serve(receive_queue, may_take, [this](const DescriptorChain& chain) { fill(chain); });
  host().interrupt_used(receive_queue);
}

void ConsoleDevice::fill(const DescriptorChain& chain) {
  if (chain.readable.size_bytes() > 0 || chain.writable.size_bytes() == 0)
    host().report_fault("a buffer for console input without room, or with something to read");
  std::uint32_t written = 0;
  for (const std::span<std::uint8_t>& piece : chain.writable.pieces()) {
    const std::size_t count = peer_.give_input(piece);
    written += static_cast<std::uint32_t>(count);
    if (count < piece.size()) break;
  }
  add(counters().bytes_to_guest, written);
  host().queue(receive_queue).push(chain.head, written);
}

// Requests may be large, so it is not their number alone that ends a round.
void ConsoleDevice::serve_output() {
  std::uint64_t printed = 0;
  const auto may_take = [&] { return printed < maximum_request_bytes; };
  serve(transmit_queue, may_take, [&](const DescriptorChain& chain) { printed += print(chain); });
  host().interrupt_used(transmit_queue);
  if (!may_take()) host().serve_later(transmit_queue);
}

std::uint64_t ConsoleDevice::print(const DescriptorChain& chain) {
  if (chain.writable.size_bytes() > 0 || chain.readable.size_bytes() > maximum_request_bytes)
    host().report_fault("console output of more than 1 MiB in one request, or with a buffer to fill");
  const BufferList output = chain.readable.slice(0, maximum_request_bytes);
  for (const std::span<std::uint8_t>& piece : output.pieces())
    peer_.take_output(piece);
  add(counters().bytes_from_guest, output.size_bytes());
  host().queue(transmit_queue).push(chain.head, 0);
  return output.size_bytes();
}

} // namespace volt::virtio
