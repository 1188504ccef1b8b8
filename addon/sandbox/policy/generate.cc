// Makes seccomp programs of syscalls.def by libseccomp, at build time, and prints them as C++.
#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/if_tun.h>
#include <linux/kvm.h>
#define VIRTIO_RING_NO_LEGACY // what else the header has is no C++
#include <linux/vhost.h>
#include <memory>
#include <sched.h>
#include <seccomp.h>
#include <set>
#include <string>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>

// In C++ the header's lists without a length are longer than the kernel's (kvm/counted_list.h).
#undef KVM_SET_CPUID2
#undef KVM_SET_MSRS
#define KVM_SET_CPUID2 _IOW(KVMIO, 0x90, std::uint64_t)
#define KVM_SET_MSRS _IOW(KVMIO, 0x89, std::uint64_t)

namespace {

/// As libc makes threads.
constexpr std::uint64_t thread_clone_flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SYSVSEM | CLONE_SIGHAND |
                                             CLONE_THREAD | CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;

namespace kind {
constexpr unsigned main = 1;
constexpr unsigned device = 2;
constexpr unsigned vcpu = 4;
constexpr unsigned first = 8;
constexpr unsigned first_narrow = 16;
} // namespace kind

/// Stands for the process's id: above all that Linux gives (PID_MAX_LIMIT, 4194304).
constexpr std::uint32_t own_process = 0x7fffffff;

struct Rule {
  const char* name;
  int number;
  /// Of the kinds.
  unsigned threads;
  /// -1: any arguments.
  int argument = -1;
  std::uint64_t mask = UINT64_MAX;
  std::uint64_t value = 0;
  /// 0: it is allowed.
  int refusal = 0;
};

/// The process's own filter is below all others: what any of them allows it allows too.
consteval unsigned allowed_on(unsigned threads) {
  return threads | kind::main;
}

// The table names kinds of threads without their namespace.
#define THREADS(threads)                                                                                               \
  allowed_on([] {                                                                                                      \
    using namespace kind;                                                                                              \
    return threads;                                                                                                    \
  }())

constexpr Rule rules[] = {
#define SYSCALL(name, threads, why) {#name, SYS_##name, THREADS(threads)},
#define ARGUMENT(name, index, value, threads, why) {#name, SYS_##name, THREADS(threads), index, UINT64_MAX, value},
#define MASKED(name, index, mask, value, threads, why) {#name, SYS_##name, THREADS(threads), index, mask, value},
#define REFUSED(name, error, why) {#name, SYS_##name, kind::main | kind::device | kind::vcpu, -1, 0, 0, error},
#include "sandbox/policy/syscalls.def"
};

void must(bool holds, const char* attempted) {
  if (holds) return;
  std::fprintf(stderr, "cannot %s\n", attempted);
  std::exit(1);
}

using Context = std::unique_ptr<void, decltype(&seccomp_release)>;

/// A program without rules.
Context begin(std::uint32_t action) {
  Context context(seccomp_init(action), &seccomp_release);
  must(context != nullptr, "begin a program");
  must(seccomp_attr_set(context.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) == 0, "kill by default");
  // A binary tree of system calls.
  must(seccomp_attr_set(context.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2) == 0, "optimise a program");
  return context;
}

void add(const Context& context, const Rule& rule, std::uint32_t action) {
  const bool is_masked = rule.mask != UINT64_MAX;
  const scmp_arg_cmp condition{.arg = static_cast<unsigned>(rule.argument),
                               .op = is_masked ? SCMP_CMP_MASKED_EQ : SCMP_CMP_EQ,
                               .datum_a = is_masked ? rule.mask : rule.value,
                               .datum_b = is_masked ? rule.value : 0};
  const int result = rule.argument < 0 ? seccomp_rule_add(context.get(), action, rule.number, 0)
                                       : seccomp_rule_add_array(context.get(), action, rule.number, 1, &condition);
  must(result == 0, rule.name);
}

std::vector<sock_filter> program_of(const Context& context) {
  std::unique_ptr<std::FILE, decltype(&std::fclose)> file(std::tmpfile(), &std::fclose);
  must(file != nullptr && seccomp_export_bpf(context.get(), fileno(file.get())) == 0, "export a program");
  std::vector<sock_filter> program(static_cast<std::size_t>(lseek(fileno(file.get()), 0, SEEK_END)) /
                                   sizeof(sock_filter));
  std::rewind(file.get());
  must(std::fread(program.data(), sizeof(sock_filter), program.size(), file.get()) == program.size(), "read a program");
  return program;
}

void print(const char* kind, const Context& context, std::size_t syscalls) {
  const std::vector<sock_filter> program = program_of(context);
  // The id is put in at one place at most.
  must(std::ranges::count(program, own_process, &sock_filter::k) <= 1, "tell the process's id from other constants");
  std::printf("constexpr std::array %s_instructions{\n", kind);
  for (const sock_filter& step : program)
    std::printf("    sock_filter{%#x, %u, %u, %#x},\n", step.code, step.jt, step.jf, step.k);
  std::printf("};\nconstexpr unsigned %s_syscalls = %zu;\n\n", kind, syscalls);
}

/// What is not listed ends the process.
void print_allowed(const char* kind, unsigned threads) {
  const Context context = begin(SCMP_ACT_KILL_PROCESS);
  std::set<std::string> allowed;
  for (const Rule& rule : rules) {
    if ((rule.threads & threads) == 0) continue;
    const bool is_allowed = rule.refusal == 0;
    add(context, rule, is_allowed ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO(static_cast<unsigned>(rule.refusal)));
    if (is_allowed) allowed.insert(rule.name);
  }
  print(kind, context, allowed.size());
}

/// For a process that has the program of main: what is only of these ends it. The count is that of system calls that
/// are left.
void print_ended(const char* kind, unsigned threads) {
  const Context context = begin(SCMP_ACT_ALLOW);
  std::set<std::string> left;
  for (const Rule& rule : rules) {
    if ((rule.threads & threads) != 0)
      add(context, rule, SCMP_ACT_KILL_PROCESS);
    else if (rule.refusal == 0)
      left.insert(rule.name);
  }
  print(kind, context, left.size());
}

} // namespace

int main() {
  std::printf("// Made from addon/sandbox/policy/syscalls.def.\n");
  std::printf("constexpr std::uint32_t own_process = %#x;\n\n", own_process);
  print_allowed("main", kind::main);
  print_allowed("device", kind::device);
  print_allowed("vcpu", kind::vcpu);
  print_ended("settled", kind::first | kind::first_narrow);
  print_ended("settled_wide", kind::first);
  return 0;
}
