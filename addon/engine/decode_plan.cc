// One function a part of the plan, in the schema's order.
#include "engine/decode_plan.h"

#include <algorithm>

#include "engine/check_plan.h"
#include "engine/decode_devices.h"
#include "engine/decode_parts.h"
#include "kvm/system.h"

namespace volt {

namespace {

using enum JsonNode::Required;

constexpr std::size_t maximum_items = 65536;
constexpr std::size_t maximum_vcpus = 4096;

Result<GuestRange> decode_region(const JsonNode& node) {
  TRY(node.expect_object({{"gpa"}, {"size"}}));
  return GuestRange{.start = {TRY(node.at("gpa").address())},
                    .size_bytes = TRY(node.at("size").integer(0, maximum_integer))};
}

bool is_sha256(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Result<PlanFile> decode_file(const JsonNode& node) {
  TRY(node.expect_object({{"id"}, {"size"}, {"sha256"}}));
  // Who opens the file checks the digest, on the descriptor that is handed over.
  if (!is_sha256(TRY(node.at("sha256").string(64))))
    return node.at("sha256").invalid("must be 64 lower-case hexadecimal digits");
  PlanFile file;
  file.id = TRY(node.at("id").string(maximum_string));
  file.size_bytes = TRY(node.at("size").integer(0, maximum_integer));
  return file;
}

Result<FileSource> decode_file_source(const JsonNode& node, const std::vector<PlanFile>& files) {
  TRY(node.expect_object({{"file"}, {"offset"}, {"size"}}));
  const std::string id = TRY(node.at("file").string(maximum_string));
  const auto file = std::ranges::find(files, id, &PlanFile::id);
  if (file == files.end()) return node.at("file").invalid("names the file " + id + ", which the plan does not have");
  return FileSource{.file = static_cast<std::size_t>(file - files.begin()),
                    .offset_bytes = TRY(node.at("offset").integer(0, maximum_integer)),
                    .size_bytes = TRY(node.at("size").integer(0, maximum_integer))};
}

Result<LoadItem> decode_load_item(const JsonNode& node, const std::vector<PlanFile>& files) {
  TRY(node.expect_object({{"label"}, {"gpa"}, {"size"}, {"from"}}));
  LoadItem item;
  item.label = TRY(node.at("label").string(maximum_string));
  item.range.start = {TRY(node.at("gpa").address())};
  item.range.size_bytes = TRY(node.at("size").integer(0, maximum_integer));
  const JsonNode from = node.at("from");
  if (from.has("data")) {
    TRY(from.expect_object({{"data"}}));
    item.from = InlineSource{.data = TRY(from.at("data").base64())};
  } else {
    item.from = TRY(decode_file_source(from, files));
  }
  return item;
}

Result<std::vector<LoadItem>> decode_load(const JsonNode& node, const std::vector<PlanFile>& files) {
  TRY(node.expect_array(0, maximum_items));
  std::vector<LoadItem> items;
  for (std::size_t index = 0; index < node.size(); ++index)
    items.push_back(TRY(decode_load_item(node.at(index), files)));
  return items;
}

Result<InterruptPlan> decode_interrupts(const JsonNode& node) {
  TRY(node.expect_object({{"irqchip"}, {"pit"}, {"tss"}, {"identityMap"}, {"lvt"}}));
  if (TRY(node.at("irqchip").string(maximum_string)) != "kernel") return node.at("irqchip").invalid("must be kernel");
  const JsonNode lvt = node.at("lvt");
  TRY(lvt.expect_object({{"lint0"}, {"lint1"}}));
  return InterruptPlan{.pit = TRY(node.at("pit").boolean()),
                       .tss = {TRY(node.at("tss").address(UINT32_MAX))},
                       .identity_map = {TRY(node.at("identityMap").address(UINT32_MAX))},
                       .lvt = {.lint0 = TRY(address32(lvt.at("lint0"))), .lint1 = TRY(address32(lvt.at("lint1")))}};
}

Result<CpuidLeaf> decode_leaf(const JsonNode& node) {
  TRY(node.expect_object({{"leaf"}, {"subleaf"}, {"indexed"}, {"eax"}, {"ebx"}, {"ecx"}, {"edx"}}));
  CpuidLeaf leaf{.leaf = TRY(address32(node.at("leaf"))),
                 .subleaf = TRY(address32(node.at("subleaf"))),
                 .indexed = TRY(node.at("indexed").boolean()),
                 .eax = TRY(address32(node.at("eax"))),
                 .ebx = TRY(address32(node.at("ebx"))),
                 .ecx = TRY(address32(node.at("ecx"))),
                 .edx = TRY(address32(node.at("edx")))};
  if (!leaf.indexed && leaf.subleaf != 0) return node.at("subleaf").invalid("must be 0x0 where indexed is false");
  return leaf;
}

Result<std::vector<CpuidLeaf>> decode_leaves(const JsonNode& node) {
  return decode_array<CpuidLeaf>(node, 0, kvm::max_cpuid_leaves, decode_leaf);
}

Result<Msr> decode_msr(const JsonNode& node) {
  TRY(node.expect_object({{"index"}, {"value"}}));
  return Msr{.index = TRY(address32(node.at("index"))), .value = TRY(node.at("value").address())};
}

Result<VcpuPlan> decode_vcpu(const JsonNode& node) {
  TRY(node.expect_object({{"apicId"}, {"cpuid"}}));
  return VcpuPlan{.apic_id = static_cast<std::uint32_t>(TRY(node.at("apicId").integer(0, 65534))),
                  .cpuid = TRY(decode_leaves(node.at("cpuid")))};
}

Result<Registers> decode_registers(const JsonNode& node) {
  TRY(node.expect_object({{"rip"},
                          {"rflags"},
                          {"rax", no},
                          {"rbx", no},
                          {"rcx", no},
                          {"rdx", no},
                          {"rsi", no},
                          {"rdi", no},
                          {"rsp", no},
                          {"rbp", no}}));
  Registers registers;
  const std::pair<std::string_view, std::uint64_t*> fields[] = {
      {"rip", &registers.rip}, {"rflags", &registers.rflags}, {"rax", &registers.rax}, {"rbx", &registers.rbx},
      {"rcx", &registers.rcx}, {"rdx", &registers.rdx},       {"rsi", &registers.rsi}, {"rdi", &registers.rdi},
      {"rsp", &registers.rsp}, {"rbp", &registers.rbp}};
  for (const auto& [name, field] : fields) {
    if (node.has(name)) *field = TRY(node.at(name).address());
  }
  return registers;
}

Result<ControlRegisters> decode_control(const JsonNode& node) {
  TRY(node.expect_object({{"cr0"}, {"cr3"}, {"cr4"}, {"efer"}}));
  return ControlRegisters{.cr0 = TRY(node.at("cr0").address()),
                          .cr3 = TRY(node.at("cr3").address()),
                          .cr4 = TRY(node.at("cr4").address()),
                          .efer = TRY(node.at("efer").address())};
}

Result<DescriptorTable> decode_table(const JsonNode& node) {
  TRY(node.expect_object({{"base"}, {"limit"}}));
  return DescriptorTable{.base = TRY(node.at("base").address()), .limit = TRY(address16(node.at("limit")))};
}

Result<Segment> decode_segment(const JsonNode& node) {
  TRY(node.expect_object({{"selector"}, {"base"}, {"limit"}, {"access"}}));
  return Segment{.selector = TRY(address16(node.at("selector"))),
                 .base = TRY(node.at("base").address()),
                 .limit = TRY(address32(node.at("limit"))),
                 .access = TRY(address16(node.at("access")))};
}

Result<Segments> decode_segments(const JsonNode& node) {
  TRY(node.expect_object({{"gdt"}, {"idt"}, {"cs"}, {"data"}, {"tr"}}));
  return Segments{.gdt = TRY(decode_table(node.at("gdt"))),
                  .idt = TRY(decode_table(node.at("idt"))),
                  .cs = TRY(decode_segment(node.at("cs"))),
                  .data = TRY(decode_segment(node.at("data"))),
                  .tr = TRY(decode_segment(node.at("tr")))};
}

Result<BootState> decode_boot(const JsonNode& node) {
  TRY(node.expect_object({{"protocol"}, {"registers"}, {"control"}, {"segments"}, {"fpu"}}));
  const std::string protocol = TRY(node.at("protocol").string(maximum_string));
  if (protocol != "linux64" && protocol != "pvh") return node.at("protocol").invalid("must be linux64 or pvh");
  const JsonNode fpu = node.at("fpu");
  TRY(fpu.expect_object({{"fcw"}, {"mxcsr"}}));
  return BootState{.registers = TRY(decode_registers(node.at("registers"))),
                   .control = TRY(decode_control(node.at("control"))),
                   .segments = TRY(decode_segments(node.at("segments"))),
                   .fpu = {.fcw = TRY(address16(fpu.at("fcw"))), .mxcsr = TRY(address32(fpu.at("mxcsr")))}};
}

Result<std::string> decode_name(const JsonNode& node) {
  return node.string(maximum_string);
}

Result<std::vector<std::string>> decode_requirements(const JsonNode& node) {
  TRY(node.expect_object({{"kvmApiVersion"}, {"capabilities"}}));
  TRY(node.at("kvmApiVersion").integer(kvm::api_version, kvm::api_version));
  return decode_array<std::string>(node.at("capabilities"), 0, maximum_items, decode_name);
}

Result<Plan> decode(const JsonNode& root) {
  TRY(root.expect_object({{"formatVersion"},
                          {"name"},
                          {"memory"},
                          {"files"},
                          {"load"},
                          {"interrupts"},
                          {"cpuid"},
                          {"msrs"},
                          {"vcpus"},
                          {"boot"},
                          {"devices"},
                          {"requires"},
                          {"generationId", no},
                          {"sharedMemory", no}}));
  TRY(root.at("formatVersion").integer(1, 1));
  Plan plan;
  plan.name = TRY(root.at("name").string(63));
  plan.memory = TRY(decode_array<GuestRange>(root.at("memory"), 1, maximum_items, decode_region));
  if (root.has("sharedMemory") && TRY(root.at("sharedMemory").boolean())) plan.backing = GuestMemory::Backing::shared;
  plan.files = TRY(decode_array<PlanFile>(root.at("files"), 0, maximum_items, decode_file));
  plan.load = TRY(decode_load(root.at("load"), plan.files));
  plan.interrupts = TRY(decode_interrupts(root.at("interrupts")));
  if (root.has("generationId")) plan.generation_id = GuestAddress{TRY(root.at("generationId").address())};
  plan.cpuid = TRY(decode_leaves(root.at("cpuid")));
  plan.msrs = TRY(decode_array<Msr>(root.at("msrs"), 0, maximum_items, decode_msr));
  plan.vcpus = TRY(decode_array<VcpuPlan>(root.at("vcpus"), 1, maximum_vcpus, decode_vcpu));
  plan.boot = TRY(decode_boot(root.at("boot")));
  plan.devices = TRY(decode_devices(root.at("devices")));
  plan.capabilities = TRY(decode_requirements(root.at("requires")));
  return plan;
}

} // namespace

Result<Plan> decode_plan(std::string_view text) {
  if (text.size() > maximum_plan_bytes)
    return plan_invalid("", "is longer than " + std::to_string(maximum_plan_bytes) + " bytes");
  const nlohmann::json document = TRY(parse_json(text));
  Plan plan = TRY(decode(JsonNode(document)));
  TRY(check_plan(plan));
  return plan;
}

} // namespace volt
