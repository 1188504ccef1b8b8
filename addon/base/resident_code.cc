// madvise(2) of what is only read: the pages are those of the file, and come back when they are needed.
#include "base/resident_code.h"

#include <cstdint>
#include <link.h>
#include <sys/mman.h>

namespace volt {

namespace {

constexpr std::uintptr_t page_mask = 4095;

int give_back(dl_phdr_info* program, std::size_t, void*) {
  for (int index = 0; index < program->dlpi_phnum; ++index) {
    const auto& segment = program->dlpi_phdr[index];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
    const std::uintptr_t begin = (program->dlpi_addr + segment.p_vaddr) & ~page_mask;
    const std::uintptr_t end = program->dlpi_addr + segment.p_vaddr + segment.p_memsz;
    // SAFETY: the loader's word for where the segment lies.
    auto* const pages = reinterpret_cast<void*>(begin);
    madvise(pages, end - begin, MADV_DONTNEED);
  }
  return 1; // the first is the program
}

} // namespace

void give_code_back() {
  dl_iterate_phdr(give_back, nullptr);
}

} // namespace volt
