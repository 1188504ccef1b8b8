// A virtio-fs device with a real virtiofsd: FUSE's first request and its answer, over resets and over machines.
#include <array>
#include <csignal>
#include <cstring>
#include <doctest/doctest.h>
#include <filesystem>
#include <linux/fuse.h>
#include <linux/virtio_config.h>
#include <linux/virtio_mmio.h>
#include <optional>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/fs_bench.h"

namespace volt::test {

using namespace virtio;

namespace {

// Debian 12, package qemu-system-common.
constexpr const char* daemon_path = "/usr/lib/qemu/virtiofsd";

bool has_daemon() {
  return geteuid() == 0 && access(daemon_path, X_OK) == 0;
}

/// virtiofsd on a directory of its own. Killed at the end, if it did not end before.
class RealDaemon {
public:
  RealDaemon() {
    std::string name = (std::filesystem::temp_directory_path() / "volt-fs-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    directory_ = name;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    (directory_ / "s").string().copy(address.sun_path, sizeof address.sun_path - 1);
    // SAFETY: the sockets interface takes every kind of address as a sockaddr.
    const auto* const generic = reinterpret_cast<const sockaddr*>(&address);
    const FileDescriptor listener(socket(AF_UNIX, SOCK_STREAM, 0));
    REQUIRE(bind(listener.get(), generic, sizeof address) == 0);
    REQUIRE(listen(listener.get(), 1) == 0);
    connection = FileDescriptor(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(connect(connection.get(), generic, sizeof address) == 0);
    const std::string option = "--fd=" + std::to_string(listener.get());
    const std::string source = "source=" + name;
    pid_ = fork();
    if (pid_ == 0) {
      execl(daemon_path, daemon_path, "-f", option.c_str(), "-o", source.c_str(), "-o", "log_level=err", nullptr);
      _exit(127);
    }
    REQUIRE(pid_ > 0);
  }
  ~RealDaemon() {
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }

  /// Whether it ends by itself, within ten seconds.
  [[nodiscard]] bool ends() {
    for (int round = 0; round < 1000; ++round) {
      if (waitpid(pid_, nullptr, WNOHANG) == pid_) {
        pid_ = -1;
        return true;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }
  void end() const { kill(pid_, SIGKILL); }

  FileDescriptor connection;

private:
  std::filesystem::path directory_;
  pid_t pid_ = -1;
};

/// FUSE_INIT; the version that the daemon answers with, where it does.
std::optional<std::uint32_t> initialise(FsMachine& machine) {
  struct Question {
    fuse_in_header header;
    fuse_init_in body;
  } question{};
  struct Answer {
    fuse_out_header header;
    fuse_init_out body;
  } answer{};
  question.header.len = sizeof question;
  question.header.opcode = FUSE_INIT;
  question.header.unique = 7;
  question.body.major = FUSE_KERNEL_VERSION;
  question.body.minor = 31;
  question.body.max_readahead = 4096;
  // SAFETY: a trivially copyable structure seen as bytes.
  machine.driver.fill(data_address, {reinterpret_cast<const std::uint8_t*>(&question), sizeof question});
  machine.driver.add(request_queue, {{data_address, sizeof question}}, {{data_address + 4096, sizeof answer}});
  machine.notifications.notify(request_queue);
  const auto used = machine.driver.wait_used(request_queue);
  if (!used || used->written_bytes < sizeof answer.header) return std::nullopt;
  std::memcpy(&answer, machine.driver.bytes(data_address + 4096, sizeof answer).data(), sizeof answer);
  if (answer.header.error != 0 || answer.header.unique != 7) return std::nullopt;
  return answer.body.major;
}

} // namespace

TEST_SUITE("devices/virtio/fs_device: virtiofsd" * doctest::skip(!has_daemon())) {
  TEST_CASE("it answers, again after a reset, and again in the next machine") {
    RealDaemon daemon;
    for (int boot = 0; boot < 2; ++boot) {
      FsMachine machine(daemon.connection);
      for (int round = 0; round < 2; ++round) {
        REQUIRE(machine.driver.start(fs_queues));
        CHECK(initialise(machine) == std::optional<std::uint32_t>(FUSE_KERNEL_VERSION));
      }
      machine.bench.loop().turn(std::chrono::milliseconds(1000));
      CHECK(machine.driver.read(VIRTIO_MMIO_INTERRUPT_STATUS) == VIRTIO_MMIO_INT_VRING);
      CHECK(machine.losses.empty());
    }
    daemon.connection = FileDescriptor();
    CHECK(daemon.ends());
  }

  TEST_CASE("its end is told, and it ends with its machine") {
    RealDaemon daemon;
    FsMachine machine(daemon.connection);
    REQUIRE(machine.driver.start(fs_queues));
    daemon.end();
    CHECK(machine.wait_for_loss());
    CHECK((machine.driver.status() & VIRTIO_CONFIG_S_NEEDS_RESET) != 0);
  }
}

} // namespace volt::test
