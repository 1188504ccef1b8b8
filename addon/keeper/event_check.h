// Whether a line is an event that a machine may tell.
#pragma once

#include <string_view>

namespace volt {

/// The kind, such as `started`, of a line without its newline: well-formed JSON without two keys of a name,
/// that begins as volt-vmm begins its events (engine/event.cc), with a kind that a machine's process tells. Empty for
/// anything else.
[[nodiscard]] std::string_view kind_of_event(std::string_view line);

} // namespace volt
