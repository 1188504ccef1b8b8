// /dev/kvm: opening, asking, creating virtual machines.
#include "kvm/system.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <linux/kvm.h>

#include "base/fault.h"
#include "kvm/capabilities.h"
#include "kvm/counted_list.h"
#include "kvm/ioctl.h"

namespace volt::kvm {

namespace {

Error open_error(const std::string& path, int failure) {
  Error error = host_error(failure, "open " + path);
  if (failure == EACCES || failure == EPERM) {
    error.code = ErrorCode::kvm_permission;
    error.hint = "join the group that owns " + path + " (usually `sudo usermod -aG kvm $USER`) and log in again";
  } else if (failure == ENOENT || failure == ENODEV || failure == ENXIO || failure == ENOTDIR) {
    error.code = ErrorCode::kvm_missing;
    error.hint = "load kvm_intel or kvm_amd, and see that virtualisation is enabled in the firmware or by the cloud";
  }
  return error;
}

} // namespace

Result<System> System::open(const std::string& path) {
  const int descriptor = fault::strikes() ? (errno = ENOMEM, -1) : ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (descriptor < 0) return open_error(path, errno);
  return adopt(FileDescriptor(descriptor));
}

Result<System> System::adopt(FileDescriptor descriptor) {
  auto version = call(descriptor.get(), KVM_GET_API_VERSION, 0UL, "ask KVM for its API version");
  if (!version.ok()) {
    Error error = std::move(version).error();
    if (error.host_errno == ENOTTY || error.host_errno == EINVAL) {
      error.code = ErrorCode::kvm_missing;
      error.hint = "the device is not KVM";
    }
    return error;
  }
  if (version.value() != api_version) {
    return Error{.code = ErrorCode::kvm_version,
                 .message = "KVM speaks API version " + std::to_string(version.value()) + ", not " +
                            std::to_string(api_version),
                 .hint = "run a Linux kernel of 2.6.22 or later"};
  }
  return System(std::move(descriptor));
}

Result<int> System::ask_extension(int capability) const {
  return call(descriptor_.get(), KVM_CHECK_EXTENSION, static_cast<unsigned long>(capability), "check an extension");
}

int System::extension(int capability) const {
  const auto value = ask_extension(capability);
  return value.ok() ? value.value() : 0;
}

VcpuLimits System::vcpu_limits() const {
  // Documentation/virt/kvm/api.rst, 4.7: what to assume of a KVM that does not say.
  const int recommended = std::max(extension(KVM_CAP_NR_VCPUS), 1);
  const int maximum = std::max(extension(KVM_CAP_MAX_VCPUS), recommended);
  return {
      .recommended = recommended, .maximum = maximum, .maximum_id = std::max(extension(KVM_CAP_MAX_VCPU_ID), maximum)};
}

Result<void> System::require(const std::vector<std::string>& capabilities) const {
  std::string missing;
  for (const std::string& name : capabilities) {
    const auto number = capability_number(name);
    if (number && extension(*number) > 0) continue;
    missing += (missing.empty() ? "" : ", ") + name;
  }
  if (missing.empty()) return {};
  return Error{.code = ErrorCode::kvm_capability,
               .message = "this host's KVM does not offer " + missing,
               .hint = "`volt doctor` lists what it offers; a newer host kernel may have it"};
}

Result<std::vector<CpuidLeaf>> System::supported_cpuid() const {
  CountedList<kvm_cpuid_entry2> list(max_cpuid_leaves);
  TRY(call(descriptor_.get(), get_supported_cpuid, list.get(), "get the supported CPUID leaves"));
  std::vector<CpuidLeaf> leaves;
  for (const kvm_cpuid_entry2& entry : list.entries()) {
    leaves.push_back({.leaf = entry.function,
                      .subleaf = entry.index,
                      .indexed = (entry.flags & KVM_CPUID_FLAG_SIGNIFCANT_INDEX) != 0,
                      .eax = entry.eax,
                      .ebx = entry.ebx,
                      .ecx = entry.ecx,
                      .edx = entry.edx});
  }
  return leaves;
}

Result<std::size_t> System::run_area_bytes() const {
  const int size = TRY(call(descriptor_.get(), KVM_GET_VCPU_MMAP_SIZE, 0UL, "get the size of a vCPU's run area"));
  if (static_cast<std::size_t>(size) < sizeof(kvm_run))
    return host_error(EPROTO, "use a vCPU run area that is too small");
  return static_cast<std::size_t>(size);
}

Result<FileDescriptor> System::create_vm() const {
  // A signal may interrupt the creation before anything exists.
  return FileDescriptor(
      TRY(call(descriptor_.get(), KVM_CREATE_VM, 0UL, "create a virtual machine (KVM_CREATE_VM)", OnInterrupt::retry)));
}

} // namespace volt::kvm
