// Answers the launchers of a segment's machines, one after the other, and looks after what they were given.
#pragma once

#include <memory>
#include <optional>

#include "vmm/segment/bridge.h"
#include "vmm/segment/members.h"
#include "vmm/segment/name_service.h"
#include "vmm/segment/segment.h"

namespace volt {

class SegmentServer {
public:
  /// Moves the process into a network namespace of its own and makes the bridge there.
  [[nodiscard]] static Result<std::unique_ptr<SegmentServer>> create(const SegmentArguments& arguments);

  /// Until the network has had no machine for some seconds, or is asked to end.
  [[nodiscard]] Result<void> serve();

private:
  SegmentServer(const SegmentArguments& arguments, Bridge bridge, NamespaceOwner owner);

  [[nodiscard]] Result<void> wait();
  void drop_gone_members();
  void serve_one();
  void answer(int stream, const SegmentRequest& request);
  /// A tap for the machine. Where nobody takes its descriptors, it vanishes with them.
  [[nodiscard]] Result<Bridge::Tap> join(const JoinRequest& request, std::uint32_t address);

  const int listener_;
  const std::string name_;
  const Bridge bridge_;
  SegmentMembers members_;
  NameService names_;
  bool was_asked_to_end_ = false;
  std::optional<NameService::Clock::time_point> empty_since_;
};

} // namespace volt
