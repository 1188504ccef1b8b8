// Boot plans as JSON, and spoiling them.
#pragma once

#include <nlohmann/json.hpp>

namespace volt::test {

using Json = nlohmann::json;

/// A change of a good plan, and where the decoder has to see it.
struct Spoiled {
  const char* pointer;
  Json value;
  /// JSON pointer of the problem, empty for the plan's root.
  const char* reported;
};

/// One page of memory, one vCPU and no device; everything that a plan needs.
[[nodiscard]] Json minimal_plan();

/// Fails the test unless `plan`, spoiled so, is PLAN_INVALID at the right place.
void check_refused(Json plan, const Spoiled& spoiled);

} // namespace volt::test
