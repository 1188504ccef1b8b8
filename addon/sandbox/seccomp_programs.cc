// The tables that libseccomp made.
#include "sandbox/seccomp_programs.h"

#include <algorithm>
#include <cstdint>

namespace volt {

namespace {

#include "seccomp_programs.inc"

struct Program {
  std::span<const sock_filter> instructions;
  unsigned syscalls;
};

Program program_of(SeccompKind kind) {
  switch (kind) {
  case SeccompKind::main:
    return {main_instructions, main_syscalls};
  case SeccompKind::device:
    return {device_instructions, device_syscalls};
  case SeccompKind::vcpu:
    return {vcpu_instructions, vcpu_syscalls};
  case SeccompKind::settled:
    return {settled_instructions, settled_syscalls};
  case SeccompKind::settled_wide:
    break;
  }
  return {settled_wide_instructions, settled_wide_syscalls};
}

} // namespace

std::span<const sock_filter> seccomp_program(SeccompKind kind) {
  return program_of(kind).instructions;
}

void complete_seccomp_program(std::span<sock_filter> program, pid_t own_process_id) {
  const auto place = std::ranges::find(program, own_process, &sock_filter::k);
  if (place != program.end()) place->k = static_cast<std::uint32_t>(own_process_id);
}

unsigned seccomp_syscalls(SeccompKind kind) {
  return program_of(kind).syscalls;
}

} // namespace volt
