// Guest memory in huge pages, of the host's real pool.
#include <array>
#include <cerrno>
#include <doctest/doctest.h>
#include <fstream>
#include <string>
#include <sys/mman.h>
#include <unistd.h>

#include "memory/guest_memory.h"

namespace volt::test {

namespace {

constexpr std::uint64_t huge_page = 2 << 20;
constexpr const char* pool = "/sys/kernel/mm/hugepages/hugepages-2048kB/";

long pool_figure(const std::string& name) {
  long value = -1;
  std::ifstream(pool + name) >> value;
  return value;
}

/// So many pages more in the host's pool for as long as it lives, where this process may have them.
class PoolPages {
public:
  explicit PoolPages(long count) : before_(pool_figure("nr_hugepages")) {
    if (before_ < 0) return;
    set(before_ + count);
    has_them_ = pool_figure("free_hugepages") - pool_figure("resv_hugepages") >= count;
  }
  PoolPages(const PoolPages&) = delete;
  PoolPages& operator=(const PoolPages&) = delete;
  ~PoolPages() { set(before_); }
  [[nodiscard]] bool has_them() const { return has_them_; }

private:
  static void set(long count) { std::ofstream(pool + std::string("nr_hugepages")) << count << std::flush; }
  long before_;
  bool has_them_ = false;
};

/// Whether the pages are there, skipped aloud otherwise.
bool has_pages(const PoolPages& pages) {
  if (!pages.has_them()) MESSAGE("skipped: this process cannot put huge pages into the host's pool");
  return pages.has_them();
}

/// A figure in kB of the mapping that has the address (proc(5), smaps); -1 without.
long smaps_figure(const std::uint8_t* address, const std::string& key) {
  std::ifstream smaps("/proc/self/smaps");
  std::string line;
  bool is_it = false;
  while (std::getline(smaps, line)) {
    std::uint64_t start = 0;
    std::uint64_t end = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx ", &start, &end) == 2) {
      const auto wanted = reinterpret_cast<std::uintptr_t>(address);
      is_it = start <= wanted && wanted < end;
    } else if (is_it && line.starts_with(key + ":")) {
      return std::stol(line.substr(key.size() + 1));
    }
  }
  return -1;
}

constexpr std::array<GuestRange, 1> two_pages{GuestRange{{0}, 2 * huge_page}};

} // namespace

TEST_SUITE("memory/huge pages") {
  TEST_CASE("private memory in huge pages has all of them at the start, and gives them back") {
    const PoolPages pages(2);
    if (!has_pages(pages)) return;
    const long free = pool_figure("free_hugepages");
    {
      const auto memory = GuestMemory::create(two_pages, GuestMemory::Backing::anonymous, PageKind::huge_2mib);
      REQUIRE_MESSAGE(memory.ok(), memory.error().message);
      CHECK(pool_figure("free_hugepages") == free - 2);
      const auto bytes = memory.value().regions().front().mapping.bytes();
      CHECK(smaps_figure(bytes.data(), "KernelPageSize") == 2048);
      CHECK(bytes.back() == 0);
      bytes.back() = 1;
    }
    CHECK(pool_figure("free_hugepages") == free);
  }

  TEST_CASE("memory that others map has them too, in a file of that length for good") {
    const PoolPages pages(2);
    if (!has_pages(pages)) return;
    const long free = pool_figure("free_hugepages");
    {
      const auto memory = GuestMemory::create(two_pages, GuestMemory::Backing::shared, PageKind::huge_2mib);
      REQUIRE_MESSAGE(memory.ok(), memory.error().message);
      CHECK(pool_figure("free_hugepages") == free - 2);
      const auto& region = memory.value().regions().front();
      const auto other = Mapping::shared(region.file.get(), region.range.size_bytes, "the test's");
      REQUIRE(other.ok());
      region.mapping.bytes().back() = 7;
      CHECK(other.value().bytes().back() == 7);
      CHECK(ftruncate(region.file.get(), 0) == -1);
      CHECK(errno == EPERM);
    }
    CHECK(pool_figure("free_hugepages") == free);
  }

  TEST_CASE("a pool that is too small refuses at the start, with a hint, and keeps what it has") {
    const PoolPages pages(1);
    if (!has_pages(pages)) return;
    const long free = pool_figure("free_hugepages");
    const std::array<GuestRange, 1> too_much{GuestRange{{0}, (static_cast<std::uint64_t>(free) + 1) * huge_page}};
    for (const auto backing : {GuestMemory::Backing::anonymous, GuestMemory::Backing::shared}) {
      const auto memory = GuestMemory::create(too_much, backing, PageKind::huge_2mib);
      REQUIRE(!memory.ok());
      CHECK(memory.error().host_errno == ENOMEM);
      CHECK(memory.error().hint.find("/sys/kernel/mm/hugepages") != std::string::npos);
    }
    CHECK(pool_figure("free_hugepages") == free);
  }

  TEST_CASE("a region that huge pages do not make is refused") {
    const std::array<GuestRange, 1> odd{GuestRange{{0}, huge_page + 4096}};
    const auto memory = GuestMemory::create(odd, GuestMemory::Backing::anonymous, PageKind::huge_2mib);
    REQUIRE(!memory.ok());
    CHECK(memory.error().host_errno == 0);
  }

  TEST_CASE("transparent huge pages are asked for") {
    const auto memory = GuestMemory::create(two_pages, GuestMemory::Backing::anonymous, PageKind::transparent);
    if (!memory.ok() && memory.error().host_errno == EINVAL) {
      MESSAGE("skipped: the kernel has no transparent huge pages");
      return;
    }
    REQUIRE(memory.ok());
    const auto bytes = memory.value().regions().front().mapping.bytes();
    bytes.front() = 1;
    std::ifstream enabled("/sys/kernel/mm/transparent_hugepage/enabled");
    std::string choice;
    std::getline(enabled, choice);
    if (choice.find("[never]") != std::string::npos) {
      MESSAGE("skipped: the host gives no transparent huge pages");
      return;
    }
    CHECK(smaps_figure(bytes.data(), "AnonHugePages") >= 2048);
  }
}

} // namespace volt::test
