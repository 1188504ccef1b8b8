// How much of the program's code a process has mapped.
#pragma once

namespace volt {

/// Gives back what was mapped of the program so far, and has pages mapped one by one from now on: the keeper runs for
/// as long as its machine, and needs little of a program that is mostly the engine.
void give_code_back();

} // namespace volt
