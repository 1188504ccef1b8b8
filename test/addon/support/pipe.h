// A pipe, both ends of which close with it.
#pragma once

#include <array>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/file_descriptor.h"

namespace volt::test {

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    REQUIRE(pipe2(ends.data(), O_CLOEXEC) == 0);
    reader = FileDescriptor(ends[0]);
    writer = FileDescriptor(ends[1]);
  }
  FileDescriptor reader;
  FileDescriptor writer;
};

} // namespace volt::test
