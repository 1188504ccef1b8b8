// One run of a fuzzer: a host and a guest's memory anew, a game played with the fuzzer's bytes, and nothing left over.
#pragma once

#include <cstdint>
#include <fuzzer/FuzzedDataProvider.h>

#include "host/host_kernel.h"
#include "support/virtio_bench.h"

namespace volt::test {

/// Guest memory of the fuzzers: little, because each run clears it. Rings lie where VirtioDriver has them.
constexpr std::uint64_t fuzz_data = 0x30000;
constexpr std::uint64_t fuzz_data_bytes = 0x10000;
constexpr std::uint64_t fuzz_border = fuzz_data + fuzz_data_bytes;
constexpr std::uint64_t fuzz_low_end = fuzz_border + 0x4000;
constexpr std::uint64_t fuzz_high = std::uint64_t{1} << 32;
constexpr std::uint64_t fuzz_high_bytes = 0x4000;

/// The memory of all runs.
[[nodiscard]] const std::shared_ptr<const GuestMemory>& fuzz_memory();

/// More would make a run long, and teach little.
constexpr int maximum_acts = 100;

/// Starts a run; ends the process when the one before left a descriptor open.
void begin_run();
void end_run();

/// `Game` is made from the fuzzer's bytes; play() is called on its bench's loop.
template <typename Game>
int run_game(const std::uint8_t* data, std::size_t size) {
  begin_run();
  {
    FuzzedDataProvider input(data, size);
    Game game(input);
    game.bench().loop().call([&] {
      for (int act = 0; act < maximum_acts && input.remaining_bytes() > 0; ++act)
        game.act();
    });
  }
  end_run();
  return 0;
}

} // namespace volt::test
