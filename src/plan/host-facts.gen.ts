// Generated from schema/host-facts.schema.json by `npm run generate`; edit the schema instead.

/**
 * A number of 32 bits in hexadecimal.
 */
export type Hex = string

/**
 * What a plan depends on besides the manifest: what the host's KVM offers. `volt doctor --facts` prints it; `volt plan --host-facts FILE` reads it.
 */
export interface HostFacts {
  /**
   * Version of this format.
   */
  formatVersion: 1
  /**
   * Where the figures come from, and whether they were verified on that hardware.
   */
  note?: string
  kvm: KvmFacts
  cpu: CpuFacts
  /**
   * KVM_GET_SUPPORTED_CPUID as KVM returns it, in its order.
   */
  cpuid: HostCpuidLeaf[]
}
/**
 * What the host's KVM offers.
 */
export interface KvmFacts {
  /**
   * KVM_GET_API_VERSION.
   */
  apiVersion: number
  /**
   * KVM_CAP_NR_VCPUS.
   */
  recommendedVcpus: number
  /**
   * KVM_CAP_MAX_VCPUS.
   */
  maxVcpus: number
  /**
   * KVM_CAP_MAX_VCPU_ID: ids, and so APIC ids, are below it.
   */
  maxVcpuId: number
  /**
   * Extensions that Volt can use and this KVM reports, sorted.
   */
  capabilities: string[]
}
/**
 * The host's processor.
 */
export interface CpuFacts {
  /**
   * CPUID 0x0 vendor string: GenuineIntel, AuthenticAMD.
   */
  vendor: string
  /**
   * The processor's brand string (CPUID 0x80000002 to 4 of the host itself), trimmed.
   */
  brand: string
}
/**
 * A CPUID leaf that KVM can give a guest.
 */
export interface HostCpuidLeaf {
  leaf: Hex
  subleaf: Hex
  /**
   * KVM_CPUID_FLAG_SIGNIFCANT_INDEX is set.
   */
  indexed: boolean
  eax: Hex
  ebx: Hex
  ecx: Hex
  edx: Hex
}
