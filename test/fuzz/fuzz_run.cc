// Clearing what runs share.
#include "fuzz_run.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace volt::test {

const std::shared_ptr<const GuestMemory>& fuzz_memory() {
  static const auto memory = [] {
    constexpr std::array<GuestRange, 3> ranges{
        GuestRange{.start = {0}, .size_bytes = fuzz_border},
        GuestRange{.start = {fuzz_border}, .size_bytes = fuzz_low_end - fuzz_border},
        GuestRange{.start = {fuzz_high}, .size_bytes = fuzz_high_bytes}};
    auto made = GuestMemory::create(ranges);
    if (!made.ok()) std::abort();
    return std::make_shared<const GuestMemory>(std::move(made).value());
  }();
  return memory;
}

void begin_run() {
  HostKernel::instance().restart();
  for (const GuestMemory::Region& region : fuzz_memory()->regions())
    std::memset(region.mapping.bytes().data(), 0,
                region.mapping.bytes().size()); // std::fill would go byte by byte here
}

void end_run() {
  if (HostKernel::instance().open_count() == 0) return;
  std::fputs("fuzz: a descriptor was left open\n", stderr);
  std::abort();
}

} // namespace volt::test

/// ASan's defaults for the fuzzers: freed memory is kept for a while only, and short stacks, because both cost most of
/// a run's time.
extern "C" const char* __asan_default_options() { // NOLINT(bugprone-reserved-identifier): the name is ASan's
  return "quarantine_size_mb=8:malloc_context_size=3:max_malloc_fill_size=0";
}
