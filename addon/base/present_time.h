// The present time as events say it.
#pragma once

#include <string>

namespace volt {

/// RFC 3339, UTC, milliseconds.
[[nodiscard]] std::string present_time();

} // namespace volt
