// The file that a Unix socket leaves when nobody listens on it any more.
#pragma once

#include <chrono>
#include <string>

namespace volt {

/// Removes the socket at `path`, shorter than sun_path, once connecting to it is refused, for which it waits up to
/// `patience`; leaves what is no socket and one that somebody listens on. It looks and removes under an exclusive
/// flock(2) on the directory, and so does who makes such sockets: a new one in the old one's place is never removed.
void remove_stale_socket(const std::string& path, std::chrono::milliseconds patience);

} // namespace volt
