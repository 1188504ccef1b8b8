// Collisions and bounds within a plan.
#include "engine/check_plan.h"

#include <algorithm>

#include "base/encoding.h"
#include "engine/check_devices.h"
#include "engine/collisions.h"
#include "engine/generation_id.h"
#include "kvm/system.h"

namespace volt {

namespace {

constexpr std::uint64_t page_bytes = 4096;
constexpr std::uint64_t tss_bytes = 3 * page_bytes;
constexpr std::uint32_t broadcast_apic_id = highest_xapic_id + 1;

Result<void> check_memory(const Plan& plan) {
  for (std::size_t index = 0; index < plan.memory.size(); ++index) {
    const GuestRange& region = plan.memory[index];
    if (region.size_bytes == 0 || region.size_bytes % page_bytes != 0 || region.start.value % page_bytes != 0) {
      return plan_invalid(pointer_to("memory", index), "must start and end at multiples of 4096 and not be empty");
    }
    if (region.overflows()) return plan_invalid(pointer_to("memory", index), "runs past the last address");
  }
  if (const auto pair = find_overlap(plan.memory)) {
    return plan_invalid(pointer_to("memory", pair->second),
                        "overlaps the region at " + pointer_to("memory", pair->first));
  }
  return {};
}

Result<void> check_load_item(const Plan& plan, const LoadItem& item, const std::string& pointer) {
  const bool inside =
      std::ranges::any_of(plan.memory, [&](const GuestRange& region) { return region.contains(item.range); });
  if (!inside) {
    return plan_invalid(pointer, item.label +
                                     " does not lie in one memory region: " + std::to_string(item.range.size_bytes) +
                                     " bytes at " + format_address(item.range.start.value));
  }
  if (const auto* bytes = std::get_if<InlineSource>(&item.from)) {
    if (bytes->data.size() <= item.range.size_bytes) return {};
    return plan_invalid(pointer + "/from/data", "has more bytes than the extent");
  }
  const auto& source = std::get<FileSource>(item.from);
  if (source.size_bytes > item.range.size_bytes) return plan_invalid(pointer + "/from/size", "exceeds the extent");
  const PlanFile& file = plan.files[source.file];
  if (source.offset_bytes > file.size_bytes || source.size_bytes > file.size_bytes - source.offset_bytes) {
    return plan_invalid(pointer + "/from", "reaches past the end of the file " + file.id);
  }
  return {};
}

Result<void> check_load(const Plan& plan) {
  std::vector<std::string> ids;
  for (const PlanFile& file : plan.files)
    ids.push_back(file.id);
  if (const auto index = find_duplicate(ids)) return plan_invalid(pointer_to("files", *index) + "/id", "is used twice");
  std::vector<GuestRange> extents;
  for (std::size_t index = 0; index < plan.load.size(); ++index) {
    TRY(check_load_item(plan, plan.load[index], pointer_to("load", index)));
    extents.push_back(plan.load[index].range);
  }
  if (const auto pair = find_overlap(extents)) {
    return plan_invalid(pointer_to("load", pair->second), plan.load[pair->second].label + " overlaps " +
                                                              plan.load[pair->first].label + " at " +
                                                              pointer_to("load", pair->first));
  }
  return {};
}

Result<void> check_generation_id(const Plan& plan) {
  if (!plan.generation_id) return {};
  const std::string pointer = "/generationId";
  const GuestRange id{.start = *plan.generation_id, .size_bytes = generation_id_bytes};
  if (id.start.value % generation_id_alignment != 0) return plan_invalid(pointer, "must be a multiple of 8");
  const bool inside = std::ranges::any_of(plan.memory, [&](const GuestRange& region) { return region.contains(id); });
  if (!inside) return plan_invalid(pointer, "must lie in one memory region with its 16 bytes");
  const auto loaded = std::ranges::find_if(plan.load, [&](const LoadItem& item) { return item.range.overlaps(id); });
  if (loaded != plan.load.end()) return plan_invalid(pointer, "overlaps " + loaded->label);
  return {};
}

Result<void> check_interrupts(const Plan& plan) {
  const GuestRange tss{.start = plan.interrupts.tss, .size_bytes = tss_bytes};
  const GuestRange identity_map{.start = plan.interrupts.identity_map, .size_bytes = page_bytes};
  const std::pair<std::string_view, GuestRange> areas[] = {{"/interrupts/tss", tss},
                                                           {"/interrupts/identityMap", identity_map}};
  for (const auto& [pointer, area] : areas) {
    if (area.start.value % page_bytes != 0) return plan_invalid(pointer, "must be a multiple of 4096");
    const bool collides =
        std::ranges::any_of(plan.memory, [&area = area](const GuestRange& region) { return region.overlaps(area); });
    if (collides) return plan_invalid(pointer, "must lie outside memory");
  }
  if (tss.overlaps(identity_map)) return plan_invalid("/interrupts/identityMap", "overlaps the TSS");
  return {};
}

Result<void> check_vcpus(const Plan& plan) {
  std::vector<std::uint32_t> ids;
  for (std::size_t index = 0; index < plan.vcpus.size(); ++index) {
    const VcpuPlan& vcpu = plan.vcpus[index];
    ids.push_back(vcpu.apic_id);
    if (vcpu.apic_id == broadcast_apic_id) {
      return plan_invalid(pointer_to("vcpus", index) + "/apicId", "255 is the broadcast id and no processor's");
    }
    if (cpuid_of(plan, vcpu).size() > kvm::max_cpuid_leaves) {
      return plan_invalid(pointer_to("vcpus", index) + "/cpuid",
                          "together with the shared leaves has more than " + std::to_string(kvm::max_cpuid_leaves));
    }
  }
  if (const auto index = find_duplicate(ids))
    return plan_invalid(pointer_to("vcpus", *index) + "/apicId", "is used twice");
  return {};
}

} // namespace

Result<void> check_plan(const Plan& plan) {
  TRY(check_memory(plan));
  TRY(check_load(plan));
  TRY(check_generation_id(plan));
  TRY(check_interrupts(plan));
  TRY(check_vcpus(plan));
  TRY(check_devices(plan));
  return {};
}

} // namespace volt
