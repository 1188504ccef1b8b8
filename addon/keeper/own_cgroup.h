// The cgroup of a machine, which goes with the machine's keeper.
#pragma once

namespace volt {

class OwnCgroup {
public:
  /// `directory` is an open directory of cgroup v2, or -1; whoever sweeps takes one for left over that nobody has a
  /// lock on (flock), so that it stays open.
  explicit OwnCgroup(int directory) : directory_(directory) {}
  OwnCgroup(const OwnCgroup&) = delete;
  OwnCgroup& operator=(const OwnCgroup&) = delete;
  /// Removes it, after the last process in it was reaped. One that cannot be removed is left to the next sweep.
  ~OwnCgroup();

private:
  int directory_;
};

} // namespace volt
