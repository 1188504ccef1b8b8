// The broker: its arguments, and a vsock device that uses it.
#include <cerrno>
#include <csignal>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>

#include "base/file_descriptor.h"
#include "devices/virtio/vsock/connector.h"
#include "support/vsock_guest.h"
#include "vmm/broker.h"
#include "vmm/stale_socket.h"

namespace volt::test {

using virtio::ConnectAnswer;
using virtio::ConnectRequest;

namespace {

std::string problem_of(const std::vector<const char*>& arguments) {
  const auto parsed = parse_broker_arguments(arguments);
  return parsed.ok() ? "" : parsed.error().message;
}

/// As a process of its own would be: the signals that it blocks are none of the caller's.
int broker(const std::vector<const char*>& arguments) {
  sigset_t before;
  pthread_sigmask(SIG_SETMASK, nullptr, &before);
  const int code = run_broker(arguments);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return code;
}

/// A broker on a thread, and the device's end of its socket.
struct RunningBroker {
  explicit RunningBroker(std::string prefix) {
    std::array<int, 2> ends{};
    REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) == 0);
    device = FileDescriptor(ends[0]);
    socket = FileDescriptor(ends[1]);
    thread = std::thread([this, path = std::move(prefix)] { result = serve_connections({socket.get(), path}); });
  }
  Result<void> end() {
    shutdown(device.get(), SHUT_RDWR);
    thread.join();
    return result;
  }

  FileDescriptor device;
  FileDescriptor socket;
  Result<void> result;
  std::thread thread;
};

struct Directory {
  Directory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "volt-broker-XXXXXX").string();
    path = mkdtemp(pattern.data());
  }
  ~Directory() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

FileDescriptor listen_at(const std::string& path) {
  FileDescriptor listener(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  // SAFETY: the sockets interface takes every kind of address as a sockaddr.
  REQUIRE(bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(listen(listener.get(), 4) == 0);
  return listener;
}

} // namespace

TEST_SUITE("vmm/broker") {
  TEST_CASE("arguments are checked") {
    const auto parsed = parse_broker_arguments(std::vector<const char*>{"--path", "/run/vm.sock", "--socket", "0"});
    REQUIRE(parsed.ok());
    CHECK(parsed.value().socket == 0);
    CHECK(parsed.value().path == "/run/vm.sock");
    CHECK(problem_of({}) == "--socket is missing");
    CHECK(problem_of({"--socket", "0"}) == "--path is missing");
    CHECK(problem_of({"--socket", "0", "--path"}) == "--path lacks its value");
    CHECK(problem_of({"--socket", "0", "--socket", "0"}) == "--socket is given twice");
    CHECK(problem_of({"--socket", "0", "--path", "p", "--directory", "x"}) == "--directory takes own or shared, not x");
    CHECK(problem_of({"--plan", "0"}) == "unknown argument --plan");
    CHECK(problem_of({"--socket", "x", "--path", "p"}) == "--socket takes the number of a descriptor, not x");
    CHECK(problem_of({"--socket", "0", "--path", ""}) == "--path takes 1 to 96 bytes");
    CHECK(problem_of({"--socket", "0", "--path", std::string(97, 'p').c_str()}) == "--path takes 1 to 96 bytes");
    CHECK(problem_of({"--socket", "0", "--path", std::string(96, 'p').c_str()}).empty());
  }

  TEST_CASE("a mistake ends with 64, a socket that is none with 4") {
    CHECK(broker({}) == 64);
    const auto counter = FileDescriptor::event_counter();
    REQUIRE(counter.ok());
    const std::string number = std::to_string(counter.value().get());
    CHECK(broker({"--socket", number.c_str(), "--path", "p"}) == 4);
  }

  TEST_CASE("a connector gets the socket that listens for its port, and a refusal where none does") {
    const Directory directory;
    const std::string prefix = directory.path / "vm.sock";
    const FileDescriptor listener = listen_at(prefix + "_4294967294");
    RunningBroker broker(prefix);
    auto loop = virtio::EventLoop::create();
    REQUIRE(loop.ok());
    std::map<std::uint32_t, FileDescriptor> answers;
    auto copy = FileDescriptor::duplicate(broker.device.get());
    REQUIRE(copy.ok());
    auto connector = virtio::VsockConnector::create(
        std::move(copy).value(), *loop.value(),
        [&](std::uint32_t id, FileDescriptor stream) { answers[id] = std::move(stream); });
    REQUIRE(connector.ok());
    const auto there = connector.value()->request(4294967294);
    const auto absent = connector.value()->request(1);
    REQUIRE((there && absent));
    for (int count = 0; count < 1000 && answers.size() < 2; ++count)
      loop.value()->turn(std::chrono::milliseconds(10));
    REQUIRE(answers.size() == 2);
    CHECK(!answers[*absent].valid());
    REQUIRE(answers[*there].valid());
    const FileDescriptor accepted(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    REQUIRE(send(answers[*there].get(), "hi", 2, MSG_NOSIGNAL) == 2);
    std::array<char, 2> text{};
    REQUIRE(recv(accepted.get(), text.data(), text.size(), 0) == 2);
    CHECK(std::string(text.data(), 2) == "hi");
    CHECK(broker.end().ok());
  }

  TEST_CASE("what is no socket, or only a link to one, is refused") {
    const Directory directory;
    const std::string prefix = directory.path / "vm.sock";
    const FileDescriptor listener = listen_at(directory.path / "other");
    std::filesystem::create_symlink(directory.path / "other", prefix + "_1");
    const FileDescriptor file(open((prefix + "_2").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    RunningBroker broker(prefix);
    for (const auto& [port, error] : {std::pair(1U, ENOTSOCK), std::pair(2U, ENOTSOCK), std::pair(3U, ENOENT)}) {
      CAPTURE(port);
      const ConnectRequest request{.id = port, .port = port};
      REQUIRE(send(broker.device.get(), &request, sizeof request, MSG_NOSIGNAL) == sizeof request);
      ConnectAnswer answer;
      REQUIRE(recv(broker.device.get(), &answer, sizeof answer, 0) == sizeof answer);
      CHECK(answer.id == port);
      CHECK(answer.host_errno == error);
    }
    CHECK(broker.end().ok());
  }

  TEST_CASE("a guest talks to the program that listens for its port, and is refused where none does") {
    const Directory directory;
    const std::string prefix = directory.path / "vm.sock";
    const FileDescriptor listener = listen_at(prefix + "_80");
    Result<void> result;
    std::thread broker;
    {
      VsockGuest guest;
      auto socket = FileDescriptor::duplicate(guest.host().broker());
      REQUIRE(socket.ok());
      broker = std::thread([&result, &prefix, own = std::move(socket).value()] {
        result = serve_connections({own.get(), prefix});
      });
      const virtio::VsockPorts ports{.guest = 5000, .host = 80};
      guest.send(VIRTIO_VSOCK_OP_REQUEST, ports);
      CHECK(guest.receive_operation() == VIRTIO_VSOCK_OP_RESPONSE);
      const FileDescriptor program(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
      guest.send(VIRTIO_VSOCK_OP_RW, ports, "question");
      guest.turn(std::chrono::milliseconds(10));
      CHECK(read_now(program) == "question");
      write_all(program, "answer");
      const auto packet = guest.receive();
      REQUIRE(packet);
      CHECK(packet->data == "answer");
      guest.send(VIRTIO_VSOCK_OP_REQUEST, {.guest = 5001, .host = 81});
      CHECK(guest.receive_operation() == VIRTIO_VSOCK_OP_RST);
    }
    broker.join();
    CHECK(result.ok());
  }

  TEST_CASE("a socket that nobody listens on is removed, and nothing else") {
    constexpr std::chrono::milliseconds at_once{0};
    const Directory directory;
    const std::string path = directory.path / "vm.sock";
    FileDescriptor listener = listen_at(path);
    remove_stale_socket(path, at_once);
    CHECK(std::filesystem::exists(path));
    std::thread closing([&listener] {
      std::this_thread::sleep_for(std::chrono::milliseconds(30));
      listener = {};
    });
    remove_stale_socket(path, std::chrono::seconds(10));
    CHECK(!std::filesystem::exists(path));
    closing.join();
    const std::string file = directory.path / "file";
    CHECK(FileDescriptor(creat(file.c_str(), 0600)).valid());
    remove_stale_socket(file, at_once);
    CHECK(std::filesystem::exists(file));
    remove_stale_socket("/nowhere/vm.sock", at_once);
  }

  TEST_CASE("while another has the directory's lock nothing is removed") {
    const Directory directory;
    const std::string path = directory.path / "vm.sock";
    static_cast<void>(listen_at(path)); // closed at once
    const FileDescriptor lock(open(directory.path.c_str(), O_RDONLY | O_CLOEXEC));
    REQUIRE(flock(lock.get(), LOCK_EX) == 0);
    remove_stale_socket(path, std::chrono::milliseconds(30));
    CHECK(std::filesystem::exists(path));
    REQUIRE(flock(lock.get(), LOCK_UN) == 0);
    remove_stale_socket(path, std::chrono::milliseconds(0));
    CHECK(!std::filesystem::exists(path));
  }

  TEST_CASE(
      "the end of the device's socket ends it with 0, removes the socket that nobody listens on, and its directory "
      "where that is its own and empty") {
    for (const bool has_other : {false, true}) {
      for (const std::string owner : {"own", "shared"}) {
        CAPTURE(has_other);
        CAPTURE(owner);
        const Directory directory;
        const auto place = directory.path / "place";
        REQUIRE(std::filesystem::create_directory(place));
        const std::string path = place / "vm.sock";
        static_cast<void>(listen_at(path)); // closed at once
        if (has_other) static_cast<void>(listen_at(path + "_80"));
        std::array<int, 2> ends{};
        REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) == 0);
        const FileDescriptor socket(ends[1]);
        static_cast<void>(FileDescriptor(ends[0])); // closed at once
        const std::string number = std::to_string(socket.get());
        const std::vector<const char*> arguments{"--socket",   number.c_str(), "--path",
                                                 path.c_str(), "--directory",  owner.c_str()};
        CHECK(broker(arguments) == 0);
        CHECK(!std::filesystem::exists(path));
        CHECK(std::filesystem::exists(place) == (has_other || owner == "shared"));
      }
    }
  }

  TEST_CASE("a message that is no request ends it with an error, and a device that is gone without one") {
    RunningBroker broker("/nowhere");
    REQUIRE(send(broker.device.get(), "short", 5, 0) == 5);
    CHECK(!broker.end().ok());
    RunningBroker other("/nowhere");
    const ConnectRequest request{.id = 5, .port = 6};
    REQUIRE(send(other.device.get(), &request, sizeof request, 0) == sizeof request);
    ConnectAnswer answer;
    REQUIRE(recv(other.device.get(), &answer, sizeof answer, 0) == sizeof answer);
    CHECK(answer.id == 5);
    CHECK(answer.host_errno == ENOENT);
    CHECK(other.end().ok());
  }
}

} // namespace volt::test
