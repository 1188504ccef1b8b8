// The pages of the program's own file that are in memory.
#pragma once

namespace volt {

/// Gives back the mapped pages of code and constants: those that are needed again come from the page cache, and what
/// only a start needs stays out of the resident size. Any thread; other threads may run meanwhile.
void release_program_pages();

} // namespace volt
