// VHOST_USER_GET_FEATURES.
#include "keeper/back_end_question.h"

#include <cerrno>
#include <cstring>
#include <sys/socket.h>

namespace volt {

namespace {

constexpr std::uint32_t VHOST_USER_GET_FEATURES = 1;
constexpr std::uint32_t version = 1;

/// In front of each message, in the byte order of the machine.
struct Header {
  std::uint32_t request;
  std::uint32_t flags;
  /// Of the payload behind.
  std::uint32_t size;
};
static_assert(sizeof(Header) == 12);

} // namespace

BackEndQuestion::BackEndQuestion(int connection) : connection_(connection) {
  const Header question{.request = VHOST_USER_GET_FEATURES, .flags = version, .size = 0};
  has_failed_ = send(connection, &question, sizeof question, MSG_NOSIGNAL) != sizeof question;
}

void BackEndQuestion::read_some() {
  const ssize_t count = recv(connection_, answer_.data() + received_bytes_, answer_.size() - received_bytes_, 0);
  if (count > 0) received_bytes_ += static_cast<std::size_t>(count);
  has_failed_ = count == 0 || (count < 0 && errno != EINTR);
}

bool BackEndQuestion::is_answered() const {
  Header header{};
  std::memcpy(&header, answer_.data(), sizeof header);
  return !has_failed_ && header.request == VHOST_USER_GET_FEATURES && header.size == answer_bytes - sizeof(Header);
}

} // namespace volt
