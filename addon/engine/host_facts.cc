// KVM's answers and the host's CPUID as JSON.
#include "engine/host_facts.h"

#include <cpuid.h>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "kvm/capabilities.h"

namespace volt {

namespace {

using Json = nlohmann::ordered_json;

struct CpuidRegisters {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
};

CpuidRegisters host_cpuid(unsigned leaf) {
  CpuidRegisters registers;
  __get_cpuid(leaf, &registers.eax, &registers.ebx, &registers.ecx, &registers.edx);
  return registers;
}

void append(std::string& text, unsigned value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  text.append(bytes, sizeof value);
}

std::string host_vendor() {
  const CpuidRegisters registers = host_cpuid(0);
  std::string vendor;
  for (const unsigned part : {registers.ebx, registers.edx, registers.ecx})
    append(vendor, part);
  return vendor;
}

// KVM returns these leaves as zero, so the host's own are read.
std::string host_brand() {
  std::string brand;
  for (unsigned leaf = 0x80000002; leaf <= 0x80000004; ++leaf) {
    const CpuidRegisters registers = host_cpuid(leaf);
    for (const unsigned part : {registers.eax, registers.ebx, registers.ecx, registers.edx})
      append(brand, part);
  }
  brand.resize(std::min(brand.find('\0'), brand.size()));
  const std::size_t first = brand.find_first_not_of(' ');
  if (first == std::string::npos) return "";
  return brand.substr(first, brand.find_last_not_of(' ') - first + 1);
}

Json capability_names(const kvm::System& system) {
  Json names = Json::array();
  for (const kvm::Capability& capability : kvm::known_capabilities()) {
    if (system.extension(capability.number) > 0) names.push_back(capability.name);
  }
  return names;
}

// KVM fills in the APIC id of whatever processor the probe ran on; facts must not depend on that.
CpuidLeaf without_apic_id(CpuidLeaf leaf) {
  constexpr std::uint32_t initial_apic_id = 0xff000000;
  if (leaf.leaf == 0x1) leaf.ebx &= ~initial_apic_id;
  if (leaf.leaf == 0xb || leaf.leaf == 0x1f) leaf.edx = 0;
  if (leaf.leaf == 0x8000001e) leaf.eax = 0;
  return leaf;
}

Json to_json(const CpuidLeaf& leaf) {
  return {{"leaf", format_address(leaf.leaf)}, {"subleaf", format_address(leaf.subleaf)},
          {"indexed", leaf.indexed},           {"eax", format_address(leaf.eax)},
          {"ebx", format_address(leaf.ebx)},   {"ecx", format_address(leaf.ecx)},
          {"edx", format_address(leaf.edx)}};
}

} // namespace

Result<std::string> host_facts(const kvm::System& system) {
  const kvm::VcpuLimits limits = system.vcpu_limits();
  Json facts{{"formatVersion", 1}};
  facts["kvm"] = {{"apiVersion", kvm::api_version},
                  {"recommendedVcpus", limits.recommended},
                  {"maxVcpus", limits.maximum},
                  {"maxVcpuId", limits.maximum_id},
                  {"capabilities", capability_names(system)}};
  facts["cpu"] = {{"vendor", host_vendor()}, {"brand", host_brand()}};
  facts["cpuid"] = Json::array();
  for (const CpuidLeaf& leaf : TRY(system.supported_cpuid()))
    facts["cpuid"].push_back(to_json(without_apic_id(leaf)));
  return facts.dump(-1, ' ', false, Json::error_handler_t::replace);
}

} // namespace volt
