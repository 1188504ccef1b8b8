// What the launched child does between clone3 and execveat.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace volt {

enum class SetupStep : std::uint8_t {
  user_map,
  empty_tree,
  enter_tree,
  change_user,
  tie_to_parent,
  place_descriptors,
  signals,
  execute,
};

/// What goes through the pipe to the parent: one that ends the child, or one that it goes on without.
struct SetupFailure {
  SetupStep step;
  bool is_fatal;
  std::int32_t host_errno;
};

/// "make an empty file system", for "cannot …".
[[nodiscard]] const char* attempted_at(SetupStep step);

/// All memory is the parent's, made ready before clone3.
struct ChildSetup {
  bool has_user_namespace = false;
  bool has_mount_namespace = false;
  bool needs_empty_root = false;
  /// Lines of /proc/self/uid_map and gid_map for a user namespace.
  std::string_view uid_map;
  std::string_view gid_map;
  /// For /proc/self/oom_score_adj. Empty, or refused: it stays the parent's.
  std::string_view oom_score;
  bool changes_user = false;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  int executable = -1;
  /// The pipe to the parent; both ends, as the child has the reading one too.
  int report = -1;
  int report_reader = -1;
  /// Theirs, ascending and without repetition, with the descriptor of ours for each.
  std::span<const int> numbers;
  /// As long as `numbers`; overwritten by the child.
  std::span<int> sources;
  /// `numbers`, and the two behind them.
  std::span<const int> kept;
  char* const* arguments = nullptr;
  /// Where the empty root fails and is not needed.
  char* const* arguments_without_root = nullptr;
};

/// In the child; only async-signal-safe calls. Ends the process where it cannot go on.
[[noreturn]] void run_child(const ChildSetup& setup);

} // namespace volt
