// What the generator printed.
#include "sandbox/seccomp_programs.h"

#include <array>

namespace volt {

namespace {
#include "seccomp_programs.inc"
} // namespace

std::span<const sock_filter> seccomp_program(SeccompKind kind) {
  switch (kind) {
  case SeccompKind::main:
    return main_instructions;
  case SeccompKind::device:
    return device_instructions;
  case SeccompKind::vcpu:
    break;
  }
  return vcpu_instructions;
}

unsigned seccomp_syscalls(SeccompKind kind) {
  switch (kind) {
  case SeccompKind::main:
    return main_syscalls;
  case SeccompKind::device:
    return device_syscalls;
  case SeccompKind::vcpu:
    break;
  }
  return vcpu_syscalls;
}

} // namespace volt
