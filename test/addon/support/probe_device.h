// A device that shows what reaches a model: it keeps every chain that it is given until it is told to return them.
#pragma once

#include <array>
#include <vector>

#include "devices/virtio/virtio_device.h"

namespace volt::test {

class ProbeDevice : public virtio::VirtioDevice {
public:
  static constexpr std::uint32_t own_type = 42;
  static constexpr std::uint64_t own_features = 0x5;
  static constexpr std::uint16_t queues = 2;

  [[nodiscard]] std::uint32_t type() const override { return own_type; }
  [[nodiscard]] std::uint64_t features() const override { return own_features; }
  [[nodiscard]] std::uint16_t queue_count() const override { return queues; }

  void read_configuration(std::uint64_t offset, std::span<std::uint8_t> data) override {
    virtio::read_structure(configuration, offset, data);
  }
  void write_configuration(std::uint64_t offset, std::span<const std::uint8_t> data) override {
    for (std::size_t index = 0; index < data.size() && offset + index < configuration.size(); ++index)
      configuration[offset + index] = data[index];
  }
  void activate(std::uint64_t features) override {
    ++activations;
    active_features = features;
  }
  void reset() override {
    ++resets;
    held.clear();
  }
  void notified(std::uint16_t queue) override {
    ++notifications;
    serve(
        queue, [this] { return held.size() < room; },
        [this](virtio::DescriptorChain chain) { held.push_back(std::move(chain)); });
  }

  /// Returns all chains to a queue, as written to their end.
  void return_all(std::uint16_t queue) {
    for (const virtio::DescriptorChain& chain : held)
      host().queue(queue).push(chain.head, static_cast<std::uint32_t>(chain.writable.size_bytes()));
    held.clear();
    host().interrupt_used(queue);
  }
  void change_configuration() { host().configuration_changed(); }
  void serve_later(std::uint16_t queue) { host().serve_later(queue); }

  std::array<std::uint8_t, 8> configuration{1, 2, 3, 4, 5, 6, 7, 8};
  std::size_t room = 1000;
  std::vector<virtio::DescriptorChain> held;
  unsigned activations = 0;
  unsigned resets = 0;
  unsigned notifications = 0;
  std::uint64_t active_features = 0;
};

} // namespace volt::test
