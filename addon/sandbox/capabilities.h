// Giving up rights, for this process and all that it could execute.
#pragma once

#include "base/result.h"

namespace volt {

/// Takes every capability out of the bounding set. Async-signal-safe; sets errno where it returns false, as it does
/// without CAP_SETPCAP.
[[nodiscard]] bool empty_bounding_set();

/// PR_SET_NO_NEW_PRIVS.
[[nodiscard]] Result<void> refuse_new_privileges();

/// Empties all sets of the calling thread; others keep theirs. The bounding set stays where there is no right to change
/// it, as it limits what a program may gain, and behind refuse_new_privileges() none gains any.
[[nodiscard]] Result<void> drop_capabilities();

} // namespace volt
