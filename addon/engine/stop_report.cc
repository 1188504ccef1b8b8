// Names and exit codes of stop reasons.
#include "engine/stop_report.h"

#include <array>

namespace volt {

namespace {

struct ReasonRow {
  std::string_view name;
  int exit_code;
};

// In the order of StopReason.
constexpr std::array rows{
    ReasonRow{"poweroff", 0},    ReasonRow{"reset", 0},         ReasonRow{"stopped", 0},
    ReasonRow{"panic", 20},      ReasonRow{"triple-fault", 21}, ReasonRow{"internal-error", 22},
    ReasonRow{"fail-entry", 22}, ReasonRow{"host-error", 22},
};
static_assert(rows.size() == static_cast<std::size_t>(StopReason::host_error) + 1);

} // namespace

std::string_view name_of(StopReason reason) {
  return rows[static_cast<std::size_t>(reason)].name;
}

int exit_code_of(StopReason reason) {
  return rows[static_cast<std::size_t>(reason)].exit_code;
}

} // namespace volt
