// Stands in for a daemon behind vhost-user: a thread that answers a front end, maps its memory and serves its rings.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/file_descriptor.h"
#include "devices/virtio/vhost_user_protocol.h"
#include "memory/mapping.h"

namespace volt::test {

using Bytes = std::vector<std::uint8_t>;

struct VhostUserMessage {
  virtio::VhostUserRequest request = {};
  std::uint32_t flags = 0;
  Bytes payload;
  std::vector<FileDescriptor> descriptors;
};

/// The header of an answer and what is behind it.
[[nodiscard]] Bytes vhost_user_answer(virtio::VhostUserRequest request, const Bytes& payload);
[[nodiscard]] Bytes bytes_of_number(std::uint64_t number);

/// Its end of a connection is closed when it is gone.
class VhostUserDaemon {
public:
  /// What is sent for a message instead of the usual: nothing at all where it is empty.
  using Override = std::function<std::optional<Bytes>(const VhostUserMessage&)>;

  explicit VhostUserDaemon(FileDescriptor socket, Override override = {});
  ~VhostUserDaemon();

  /// Closes its end, as one that dies does. Once.
  void hang_up();
  /// Sends what nobody asked for.
  void blurt(const Bytes& bytes) const;

  /// Numbers of the requests so far.
  [[nodiscard]] std::vector<virtio::VhostUserRequest> requests() const;
  [[nodiscard]] std::size_t count(virtio::VhostUserRequest request) const;
  /// Of the last request of that kind.
  [[nodiscard]] Bytes payload(virtio::VhostUserRequest request) const;
  /// Chains that it returned, over all rings.
  [[nodiscard]] unsigned served() const { return served_; }
  /// Notifications, over all rings.
  [[nodiscard]] std::uint64_t kicks() const { return kicks_; }

private:
  struct Region {
    virtio::VhostUserMemoryRegion place;
    Mapping mapping;
  };
  struct Ring {
    std::uint32_t size = 0;
    std::uint16_t next = 0;
    virtio::VhostUserRingAddresses addresses = {};
    FileDescriptor kick;
    FileDescriptor call;
  };

  void run();
  [[nodiscard]] std::optional<VhostUserMessage> receive() const;
  void handle(VhostUserMessage message);
  void map_memory(VhostUserMessage& message);
  [[nodiscard]] std::uint8_t* at(std::uint64_t address);
  void serve(Ring& ring);

  FileDescriptor socket_;
  FileDescriptor quit_;
  const Override override_;
  std::vector<Region> regions_;
  std::map<std::uint32_t, Ring> rings_;
  std::atomic<unsigned> served_ = 0;
  std::atomic<std::uint64_t> kicks_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::pair<virtio::VhostUserRequest, Bytes>> seen_; // guarded by mutex_
  std::thread thread_;
};

} // namespace volt::test
