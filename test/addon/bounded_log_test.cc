// A log that holds a part of what is said.
#include <doctest/doctest.h>

#include <array>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bounded_log.h"
#include "base/file_descriptor.h"

using namespace volt;

namespace {

std::size_t size_of(const FileDescriptor& file) {
  struct stat status {};
  REQUIRE(fstat(file.get(), &status) == 0);
  return static_cast<std::size_t>(status.st_size);
}

} // namespace

TEST_SUITE("base/bounded_log") {
  TEST_CASE("it takes what fits, to the last byte, and says that it is full") {
    const FileDescriptor file(memfd_create("log", MFD_CLOEXEC));
    BoundedLog log(file.get());
    log.write("first");
    CHECK(size_of(file) == 5);
    log.write(std::string(BoundedLog::maximum_bytes - 6, 'x'));
    log.write("last");
    log.write("not this");
    CHECK(size_of(file) == BoundedLog::maximum_bytes + BoundedLog::last_line.size());
    std::string last(BoundedLog::last_line.size(), ' ');
    REQUIRE(pread(file.get(), last.data(), last.size(), BoundedLog::maximum_bytes) == std::ssize(last));
    CHECK(last == BoundedLog::last_line);
    char end = 0;
    REQUIRE(pread(file.get(), &end, 1, BoundedLog::maximum_bytes - 1) == 1);
    CHECK(end == 'l');
  }

  TEST_CASE("who always has more to say is heard for a while") {
    const FileDescriptor endless(open("/dev/zero", O_RDONLY | O_CLOEXEC));
    const Heard heard = hear(endless.get());
    CHECK(heard.text.size() == 1 << 16);
    CHECK_FALSE(heard.has_ended);
  }

  TEST_CASE("silence is no end, and a closed pipe is one") {
    std::array<int, 2> ends{};
    REQUIRE(pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) == 0);
    const FileDescriptor reading(ends[0]);
    FileDescriptor writing(ends[1]);
    CHECK_FALSE(hear(reading.get()).has_ended);
    REQUIRE(write(writing.get(), "so", 2) == 2);
    writing = FileDescriptor();
    const Heard last = hear(reading.get());
    CHECK(last.text == "so");
    CHECK_FALSE(last.has_ended);
    CHECK(hear(reading.get()).has_ended);
    CHECK(hear(-1).has_ended);
  }
}
