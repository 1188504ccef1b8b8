// Both I/O engines against real files.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <filesystem>
#include <sys/syscall.h>
#include <unistd.h>

#include "devices/virtio/thread_pool_engine.h"
#include "devices/virtio/uring_engine.h"
#include "support/disk_files.h"

namespace volt::test {

using virtio::EventLoop;
using virtio::IoEngine;
using virtio::IoOperation;
using Kind = IoOperation::Kind;

namespace {

using Bytes = std::vector<std::uint8_t>;

std::unique_ptr<IoEngine> make_uring(std::vector<FileDescriptor> files, EventLoop& loop) {
  auto ring = virtio::IoRing::create(files);
  if (!ring.ok()) return nullptr;
  auto engine = virtio::UringEngine::create(std::move(ring).value(), loop);
  REQUIRE(engine.ok());
  return std::move(engine).value();
}

std::unique_ptr<IoEngine> make_threads(std::vector<FileDescriptor> files, EventLoop& loop) {
  auto engine = virtio::ThreadPoolEngine::create(std::move(files), loop);
  REQUIRE(engine.ok());
  return std::move(engine).value();
}

struct Fixture {
  Fixture(std::unique_ptr<IoEngine> (*make)(std::vector<FileDescriptor>, EventLoop&), FileDescriptor disk)
      : file(std::move(disk)), loop(std::move(EventLoop::create()).value()), engine(make(copies_of({&file}), *loop)) {}

  int run(IoOperation operation) {
    int outcome = -1;
    operation.done = [&](int host_errno) { outcome = host_errno; };
    engine->start(std::move(operation));
    engine->commit();
    for (int turns = 0; outcome < 0 && turns < 1000; ++turns)
      loop->turn(std::chrono::milliseconds(10));
    return outcome;
  }

  FileDescriptor file;
  std::unique_ptr<EventLoop> loop;
  std::unique_ptr<IoEngine> engine;
};

std::vector<iovec> one(Bytes& bytes) {
  return {{.iov_base = bytes.data(), .iov_len = bytes.size()}};
}

} // namespace

/// The descriptor of an I/O ring of this process; -1 where there is none.
int ring_descriptor() {
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    if (std::filesystem::read_symlink(entry, gone) == "anon_inode:[io_uring]")
      return std::stoi(entry.path().filename());
  }
  return -1;
}

TEST_SUITE("devices/virtio/io_engine") {
  TEST_CASE("a ring can be told nothing any more once it is made") {
    Fixture fixture(make_uring, memory_file(4096));
    if (fixture.engine == nullptr) {
      MESSAGE("skipped: this host allows no io_uring");
      return;
    }
    const int ring = ring_descriptor();
    REQUIRE(ring >= 0);
    const int file = fixture.file.get();
    CHECK(syscall(__NR_io_uring_register, ring, IORING_REGISTER_FILES, &file, 1) == -1);
    CHECK(errno == EACCES);
    CHECK(syscall(__NR_io_uring_register, ring, IORING_UNREGISTER_FILES, nullptr, 0) == -1);
    CHECK(errno == EACCES);
  }

  TEST_CASE("an engine goes on with the ring that the one before left, after which there are threads for others") {
    const FileDescriptor file = memory_file(4096);
    const FileDescriptor other = memory_file(4096);
    virtio::RingShelf rings;
    const auto round_trip = [&](const std::string& name, const FileDescriptor& disk, std::uint8_t value) {
      const auto loop = std::move(EventLoop::create()).value();
      auto engine = virtio::make_io_engine(name, copies_of({&disk}), rings, *loop);
      REQUIRE(engine.ok());
      Bytes data(512, value);
      int outcome = -1;
      engine.value()->start(
          {.kind = Kind::write, .buffers = one(data), .done = [&](int host_errno) { outcome = host_errno; }});
      engine.value()->finish_all();
      CHECK(outcome == 0);
      CHECK(contents(disk, 0, 1) == Bytes{value});
      return dynamic_cast<virtio::UringEngine*>(engine.value().get()) != nullptr;
    };
    if (!round_trip("disk", file, 1)) {
      MESSAGE("skipped: this host allows no io_uring");
      return;
    }
    const int ring = ring_descriptor();
    rings.close();
    CHECK(round_trip("disk", file, 2));
    CHECK(ring_descriptor() == ring);
    CHECK_FALSE(round_trip("other", other, 3));
  }

  TEST_CASE_TEMPLATE_DEFINE("an engine", Maker, engine_kinds) {
    Fixture fixture(Maker::make, disk_file(1 << 20));
    if (fixture.engine == nullptr) {
      MESSAGE("skipped: this host allows no io_uring");
      return;
    }

    SUBCASE("what was written at an offset is read back, by many pieces") {
      Bytes data(10000);
      for (std::size_t index = 0; index < data.size(); ++index)
        data[index] = static_cast<std::uint8_t>(index * 7);
      std::vector<iovec> pieces;
      for (std::size_t index = 0; index < data.size(); index += 4)
        pieces.push_back({.iov_base = &data[index], .iov_len = 4}); // 2500: more than one call takes
      CHECK(fixture.run({.kind = Kind::write, .offset = 1000, .buffers = pieces}) == 0);
      Bytes back(10000);
      CHECK(fixture.run({.kind = Kind::read, .offset = 1000, .buffers = one(back)}) == 0);
      CHECK(back == data);
    }
    SUBCASE("reading past the file's end is an error, and so is a descriptor that cannot be written") {
      Bytes data(100);
      CHECK(fixture.run({.kind = Kind::read, .offset = (1 << 20) - 50, .buffers = one(data)}) == EIO);
      const FileDescriptor reader(open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
      Fixture other(Maker::make, copy_of(reader));
      CHECK(other.run({.kind = Kind::write, .buffers = one(data)}) == EBADF);
    }
    SUBCASE("a punched range reads as zeros and takes up nothing") {
      Bytes data(1 << 20, 1);
      CHECK(fixture.run({.kind = Kind::write, .buffers = one(data)}) == 0);
      CHECK(fixture.run({.kind = Kind::sync}) == 0);
      const std::uint64_t before = allocated_bytes(fixture.file);
      CHECK(fixture.run({.kind = Kind::punch, .offset = 4096, .size_bytes = 1 << 19}) == 0);
      CHECK(allocated_bytes(fixture.file) + (1 << 18) < before);
      CHECK(contents(fixture.file, 4095, 3) == Bytes{1, 0, 0});
    }
    SUBCASE("many at once all end") {
      int ended = 0;
      Bytes data(512, 3);
      for (unsigned index = 0; index < 2000; ++index) {
        fixture.engine->start(
            {.kind = Kind::write, .offset = index * 512, .buffers = one(data), .done = [&](int host_errno) {
               ended += host_errno == 0 ? 1 : 1000000;
             }});
      }
      fixture.engine->commit();
      for (int turns = 0; ended < 2000 && turns < 1000; ++turns)
        fixture.loop->turn(std::chrono::milliseconds(10));
      CHECK(ended == 2000);
      CHECK(contents(fixture.file, 1999 * 512, 512) == data);
    }
    SUBCASE("finish_all waits for what the ends start, cancel_all does not let them") {
      Bytes data(512, 3);
      int ended = 0;
      std::function<void(int)> again = [&](int host_errno) {
        ended += host_errno == 0 ? 1 : 100;
        if (ended < 5) fixture.engine->start({.kind = Kind::write, .buffers = one(data), .done = again});
      };
      fixture.engine->start({.kind = Kind::write, .buffers = one(data), .done = again});
      fixture.engine->finish_all();
      CHECK(ended == 5);
      CHECK(fixture.engine->under_way() == 0);
      int last = -1;
      fixture.engine->start({.kind = Kind::write, .buffers = one(data), .done = [&](int) {
                               fixture.engine->start({.kind = Kind::sync, .done = [&](int code) { last = code; }});
                             }});
      fixture.engine->cancel_all();
      CHECK(last == ECANCELED);
      CHECK(fixture.run({.kind = Kind::sync}) == 0); // and goes on afterwards
    }
  }

  struct Uring {
    static std::unique_ptr<IoEngine> make(std::vector<FileDescriptor> files, EventLoop& loop) {
      return make_uring(std::move(files), loop);
    }
  };
  struct Threads {
    static std::unique_ptr<IoEngine> make(std::vector<FileDescriptor> files, EventLoop& loop) {
      return make_threads(std::move(files), loop);
    }
  };
  TEST_CASE_TEMPLATE_INVOKE(engine_kinds, Uring, Threads);
}

} // namespace volt::test
