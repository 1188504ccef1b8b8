#include "base/program_pages.h"

#include <doctest/doctest.h>
#include <fstream>
#include <string>
#include <unistd.h>

#include <climits>

namespace {

/// KiB of this program's code that are mapped, by /proc/self/smaps.
long resident_code_kib() {
  char path[PATH_MAX];
  const ssize_t length = readlink("/proc/self/exe", path, sizeof path);
  REQUIRE(length > 0);
  const std::string program(path, static_cast<std::size_t>(length));
  std::ifstream smaps("/proc/self/smaps");
  std::string line;
  long resident = 0;
  bool is_code = false;
  while (std::getline(smaps, line)) {
    if (line.find(" r-xp ") != std::string::npos) is_code = line.ends_with(program);
    if (is_code && line.starts_with("Rss:")) {
      resident += std::stol(line.substr(4));
      is_code = false;
    }
  }
  return resident;
}

} // namespace

TEST_SUITE("base/program_pages") {
  TEST_CASE("code that is not needed any more is not resident, and comes back") {
    const long before = resident_code_kib();
    REQUIRE(before > 0);
    volt::release_program_pages();
    const long after = resident_code_kib();
    CHECK(after > 0);
    CHECK(after < before);
  }
}
