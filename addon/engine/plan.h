// A boot plan as the engine executes it; schema/boot-plan.schema.json describes each field.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/placement.h"
#include "engine/virtio_plan.h"
#include "kvm/processor_state.h"
#include "memory/guest_memory.h"

namespace volt {

struct PlanFile {
  std::string id;
  std::uint64_t size_bytes = 0;
};

struct InlineSource {
  std::vector<std::uint8_t> data;
};

struct FileSource {
  /// Index into Plan::files.
  std::size_t file = 0;
  std::uint64_t offset_bytes = 0;
  std::uint64_t size_bytes = 0;
};

struct LoadItem {
  std::string label;
  GuestRange range;
  std::variant<InlineSource, FileSource> from;
};

struct InterruptPlan {
  bool pit = false;
  GuestAddress tss;
  GuestAddress identity_map;
  LocalVectorTable lvt;
};

struct VcpuPlan {
  std::uint32_t apic_id = 0;
  /// These replace shared leaves with the same leaf and subleaf, or are added.
  std::vector<CpuidLeaf> cpuid;
};

enum class DeviceType { uart16550, i8042, power, pvpanic, virtio };

struct PortRange {
  std::uint16_t base = 0;
  std::uint32_t size = 0;
};

struct DevicePlan {
  std::string id;
  DeviceType type = DeviceType::uart16550;
  /// Empty for a virtio device.
  std::vector<PortRange> ports;
  std::optional<std::uint32_t> gsi;
  /// For DeviceType::virtio and no other.
  std::optional<VirtioPlan> virtio = {};
};

[[nodiscard]] bool is_virtio_console(const DevicePlan& device);

struct Plan {
  std::string name;
  std::vector<GuestRange> memory;
  GuestMemory::Backing backing = GuestMemory::Backing::anonymous;
  /// Not of the plan's JSON, as no guest sees it.
  Placement placement;
  std::vector<PlanFile> files;
  std::vector<LoadItem> load;
  InterruptPlan interrupts;
  /// Where 16 random bytes go at every start.
  std::optional<GuestAddress> generation_id;
  std::vector<CpuidLeaf> cpuid;
  std::vector<Msr> msrs;
  std::vector<VcpuPlan> vcpus;
  BootState boot;
  std::vector<DevicePlan> devices;
  std::vector<std::string> capabilities;
};

/// Ids up to this one fit an xAPIC; those above need an x2APIC. 255 is the broadcast id and no processor's.
constexpr std::uint32_t highest_xapic_id = 254;

/// Whether some processor's id does not fit an xAPIC.
[[nodiscard]] bool needs_x2apic_ids(const Plan& plan);

/// The names of all backends of all devices.
[[nodiscard]] std::vector<std::string> backends_of(const Plan& plan);

/// All leaves of one vCPU: the plan's, with the vCPU's own in their place or behind them.
[[nodiscard]] std::vector<CpuidLeaf> cpuid_of(const Plan& plan, const VcpuPlan& vcpu);

} // namespace volt
