// Unix sockets and taps of the fuzzed host.
#pragma once

#include <deque>
#include <memory>

#include "host/host_object.h"

namespace volt::test {

/// Unix sockets as unix(7) has them, all non-blocking, with little room.
class HostSocket : public HostObject {
public:
  using Rights = std::vector<std::shared_ptr<HostObject>>;

  /// Bytes that wait for a reader at most; a message of a socket that keeps them apart may be longer.
  static constexpr std::size_t room_bytes = 2048;

  /// `type` is SOCK_STREAM or SOCK_SEQPACKET.
  explicit HostSocket(int type) : type_(type) {}
  ~HostSocket() override;
  static void join(const std::shared_ptr<HostSocket>& one, const std::shared_ptr<HostSocket>& other);

  [[nodiscard]] std::uint32_t ready() const override;
  [[nodiscard]] ssize_t read(std::span<const iovec> to) override { return receive(to, 0, nullptr); }
  [[nodiscard]] ssize_t write(std::span<const iovec> from) override { return send(from, {}); }
  /// FIONREAD.
  [[nodiscard]] int control(unsigned long request, void* argument) override;
  /// `flags` may have MSG_PEEK; the descriptors that came with the first byte go to `rights`, if anywhere.
  [[nodiscard]] ssize_t receive(std::span<const iovec> to, int flags, Rights* rights);
  [[nodiscard]] ssize_t send(std::span<const iovec> from, Rights rights);
  [[nodiscard]] int shut(int how);

  [[nodiscard]] int listen();
  /// To one that listens.
  [[nodiscard]] int connect(HostSocket& listener, const std::shared_ptr<HostSocket>& self);
  /// Null where nobody waits.
  [[nodiscard]] std::shared_ptr<HostSocket> accept();

  [[nodiscard]] int type() const { return type_; }
  [[nodiscard]] bool is_listening() const { return is_listening_; }
  [[nodiscard]] bool is_connected() const { return is_connected_; }

private:
  struct Message {
    std::vector<std::uint8_t> bytes;
    Rights rights;
  };

  [[nodiscard]] bool reads_no_more() const { return (shut_ & 1U) != 0; }
  [[nodiscard]] bool writes_no_more() const { return (shut_ & 2U) != 0; }
  /// `directions`: 1 for reading, 2 for writing.
  void close_ways(unsigned directions);
  void consume(std::size_t size_bytes);

  const int type_;
  bool is_listening_ = false;
  bool is_connected_ = false;
  unsigned shut_ = 0;
  int error_ = 0;
  std::weak_ptr<HostSocket> peer_;
  std::deque<Message> inbox_;
  std::size_t first_taken_ = 0; // of the inbox's first message
  std::size_t waiting_bytes_ = 0;
  std::deque<std::shared_ptr<HostSocket>> clients_;
};

/// A queue of a tap interface: its driver's end keeps frames apart, and takes the ioctls of tuntap.
class HostTap : public HostSocket {
public:
  HostTap();

  [[nodiscard]] int control(unsigned long request, void* argument) override;
};

} // namespace volt::test
