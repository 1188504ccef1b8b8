// Reads the JSON bytes of a boot plan.
#pragma once

#include <string_view>

#include "base/result.h"
#include "engine/plan.h"

namespace volt {

/// A plan's text is no longer.
constexpr std::size_t maximum_plan_bytes = std::size_t{64} * 1024 * 1024;

/// The plan in `text`, structurally and semantically valid. Everything else is PLAN_INVALID with the JSON pointer of
/// the first problem; nothing is ignored.
[[nodiscard]] Result<Plan> decode_plan(std::string_view text);

} // namespace volt
