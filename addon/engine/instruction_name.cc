// The table of instructions, and finding one behind its prefixes.
#include "engine/instruction_name.h"

#include <algorithm>
#include <array>

namespace volt {

namespace {

// Intel SDM vol. 2, appendix A. `prefix` is the mandatory one, `extension` ModRM.reg, -1 where it does not matter.
struct Opcode {
  std::uint8_t prefix;
  std::array<std::uint8_t, 3> code;
  std::uint8_t length;
  int extension;
  /// Whether the operand is a register (ModRM.mod 3), -1 where it does not matter.
  int is_register;
  std::string_view name;
};

constexpr std::array opcodes{
    Opcode{0, {0xcc}, 1, -1, -1, "int3"},
    Opcode{0, {0xf1}, 1, -1, -1, "int1"},
    Opcode{0, {0x9b}, 1, -1, -1, "fwait"},
    Opcode{0, {0x0f, 0x0b}, 2, -1, -1, "ud2"},
    Opcode{0, {0x0f, 0x01, 0xca}, 3, -1, -1, "clac"},
    Opcode{0, {0x0f, 0x01, 0xcb}, 3, -1, -1, "stac"},
    Opcode{0, {0x0f, 0x01, 0xd0}, 3, -1, -1, "xgetbv"},
    Opcode{0, {0x0f, 0x01, 0xd1}, 3, -1, -1, "xsetbv"},
    Opcode{0, {0x0f, 0x01, 0xf9}, 3, -1, -1, "rdtscp"},
    Opcode{0, {0x0f, 0x38, 0xf0}, 3, -1, -1, "movbe"},
    Opcode{0, {0x0f, 0x38, 0xf1}, 3, -1, -1, "movbe"},
    Opcode{0x66, {0x0f, 0x38, 0xf6}, 3, -1, -1, "adcx"},
    Opcode{0xf3, {0x0f, 0x38, 0xf6}, 3, -1, -1, "adox"},
    Opcode{0xf2, {0x0f, 0x38, 0xf0}, 3, -1, -1, "crc32"},
    Opcode{0xf2, {0x0f, 0x38, 0xf1}, 3, -1, -1, "crc32"},
    Opcode{0xf3, {0x0f, 0xb8}, 2, -1, -1, "popcnt"},
    Opcode{0xf3, {0x0f, 0xbc}, 2, -1, -1, "tzcnt"},
    Opcode{0xf3, {0x0f, 0xbd}, 2, -1, -1, "lzcnt"},
    Opcode{0xf3, {0x0f, 0x1e}, 2, -1, -1, "endbr64"},
    Opcode{0, {0x0f, 0xae}, 2, 0, 0, "fxsave"},
    Opcode{0, {0x0f, 0xae}, 2, 1, 0, "fxrstor"},
    Opcode{0, {0x0f, 0xae}, 2, 2, 0, "ldmxcsr"},
    Opcode{0, {0x0f, 0xae}, 2, 3, 0, "stmxcsr"},
    Opcode{0, {0x0f, 0xae}, 2, 4, 0, "xsave"},
    Opcode{0, {0x0f, 0xae}, 2, 5, 0, "xrstor"},
    Opcode{0, {0x0f, 0xae}, 2, 6, 0, "xsaveopt"},
    Opcode{0xf3, {0x0f, 0xae}, 2, 0, 1, "rdfsbase"},
    Opcode{0xf3, {0x0f, 0xae}, 2, 1, 1, "rdgsbase"},
    Opcode{0xf3, {0x0f, 0xae}, 2, 2, 1, "wrfsbase"},
    Opcode{0xf3, {0x0f, 0xae}, 2, 3, 1, "wrgsbase"},
    Opcode{0, {0x0f, 0xc7}, 2, 1, 0, "cmpxchg16b"},
    Opcode{0, {0x0f, 0xc7}, 2, 3, 0, "xrstors"},
    Opcode{0, {0x0f, 0xc7}, 2, 4, 0, "xsavec"},
    Opcode{0, {0x0f, 0xc7}, 2, 5, 0, "xsaves"},
    Opcode{0, {0x0f, 0xc7}, 2, 6, 1, "rdrand"},
    Opcode{0, {0x0f, 0xc7}, 2, 7, 1, "rdseed"},
    Opcode{0xf3, {0x0f, 0xc7}, 2, 7, 1, "rdpid"},
};

constexpr std::array<std::uint8_t, 8> other_prefixes{0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x67, 0xf0};
constexpr std::uint8_t rex_w = 0x08;

bool matches(const Opcode& opcode, std::uint8_t prefix, std::span<const std::uint8_t> code) {
  if (opcode.prefix != prefix || code.size() < opcode.length) return false;
  if (!std::ranges::equal(std::span(opcode.code).first(opcode.length), code.first(opcode.length))) return false;
  if (opcode.extension < 0) return true;
  if (code.size() <= opcode.length) return false;
  const std::uint8_t modrm = code[opcode.length];
  return (modrm >> 3 & 7) == opcode.extension && (modrm >> 6 == 3 ? 1 : 0) == opcode.is_register;
}

} // namespace

std::string_view instruction_name(std::span<const std::uint8_t> bytes) {
  std::uint8_t prefix = 0;
  while (!bytes.empty()) {
    const std::uint8_t byte = bytes.front();
    const bool mandatory = byte == 0x66 || byte == 0xf2 || byte == 0xf3;
    if (mandatory) prefix = byte;
    const bool other = std::ranges::count(other_prefixes, byte) > 0;
    if (!mandatory && !other) break;
    bytes = bytes.subspan(1);
  }
  bool wide = false;
  if (!bytes.empty() && bytes.front() >> 4 == 4) { // REX
    wide = (bytes.front() & rex_w) != 0;
    bytes = bytes.subspan(1);
  }
  const auto found =
      std::ranges::find_if(opcodes, [&](const Opcode& opcode) { return matches(opcode, prefix, bytes); });
  if (found != opcodes.end()) return found->name == "cmpxchg16b" && !wide ? "cmpxchg8b" : found->name;
  if (bytes.size() >= 2 && (bytes[0] == 0xc4 || bytes[0] == 0xc5)) return "an AVX instruction";
  if (bytes.size() >= 2 && bytes[0] == 0x62) return "an AVX-512 instruction";
  return "";
}

} // namespace volt
