// dl_iterate_phdr(3), madvise(2).
#include "base/program_pages.h"

#include <cstdint>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

namespace volt {

namespace {

/// Segments that nobody writes to, not even the relocations of a start: what is dropped is what the file has.
int release_read_only_segments(dl_phdr_info* object, std::size_t /*size*/, void* /*data*/) {
  const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  for (int index = 0; index < object->dlpi_phnum; ++index) {
    const auto& segment = object->dlpi_phdr[index];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
    const std::uintptr_t begin = (object->dlpi_addr + segment.p_vaddr) & ~(page - 1);
    const std::uintptr_t end = object->dlpi_addr + segment.p_vaddr + segment.p_memsz;
    // SAFETY: the address of a mapping of this program's file.
    madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
  }
  return 1; // the first object is the program itself
}

} // namespace

void release_program_pages() {
  dl_iterate_phdr(release_read_only_segments, nullptr);
}

} // namespace volt
