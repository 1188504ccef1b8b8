// /dev/kvm itself: its version, what it offers, and new virtual machines.
#pragma once

#include <string>
#include <vector>

#include "base/file_descriptor.h"
#include "kvm/processor_state.h"

namespace volt::kvm {

/// The only KVM API version there is (KVM_GET_API_VERSION).
constexpr int api_version = 12;

/// KVM takes no more leaves a vCPU (KVM_MAX_CPUID_ENTRIES).
constexpr std::size_t max_cpuid_leaves = 256;

struct VcpuLimits {
  int recommended = 0;
  int maximum = 0;
  /// Ids, and so APIC ids, are below it.
  int maximum_id = 0;
};

class System {
public:
  /// Opens a device such as /dev/kvm. Errors: KVM_MISSING, KVM_PERMISSION, KVM_VERSION.
  [[nodiscard]] static Result<System> open(const std::string& path);
  /// Takes an open descriptor of it. Errors: KVM_MISSING where it is something else, KVM_VERSION.
  [[nodiscard]] static Result<System> adopt(FileDescriptor descriptor);

  /// KVM_CHECK_EXTENSION: 0 where there is no such extension.
  [[nodiscard]] Result<int> ask_extension(int capability) const;
  /// As ask_extension(), and 0 where KVM cannot be asked.
  [[nodiscard]] int extension(int capability) const;
  [[nodiscard]] VcpuLimits vcpu_limits() const;
  /// Fails with KVM_CAPABILITY, naming every extension that is missing or unknown.
  [[nodiscard]] Result<void> require(const std::vector<std::string>& capabilities) const;
  /// KVM_GET_SUPPORTED_CPUID in KVM's order.
  [[nodiscard]] Result<std::vector<CpuidLeaf>> supported_cpuid() const;
  /// Bytes of a vCPU's shared run area (KVM_GET_VCPU_MMAP_SIZE).
  [[nodiscard]] Result<std::size_t> run_area_bytes() const;
  /// The descriptor of a new virtual machine (KVM_CREATE_VM).
  [[nodiscard]] Result<FileDescriptor> create_vm() const;

private:
  explicit System(FileDescriptor descriptor) : descriptor_(std::move(descriptor)) {}

  FileDescriptor descriptor_;
};

} // namespace volt::kvm
