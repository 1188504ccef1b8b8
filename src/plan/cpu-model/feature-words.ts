// Processor features by the names that Linux prints in /proc/cpuinfo, and the CPUID bits that they stand for.
// Intel SDM volume 2, CPUID; AMD APM volume 3, appendix E. A feature that Linux knows and does not print has its name
// in the kernel, in lower case.
import type { Registers } from '../cpuid/cpuid-table.ts'

/** A register of CPUID that holds nothing but feature bits. */
export interface FeatureWord {
  leaf: number
  subleaf: number
  register: keyof Registers
}

export interface FeatureBit extends FeatureWord {
  bit: number
}

interface NamedWord extends FeatureWord {
  /** Index is the bit; null where it has no name here. */
  names: readonly (string | null)[]
}

/** `names` from bit 0 on, `-` for a bit without one; a number leads to that bit. */
function word(leaf: number, subleaf: number, register: keyof Registers, names: string): NamedWord {
  const byBit: (string | null)[] = []
  for (const token of names.split(/\s+/)) {
    if (!/^\d+$/.test(token)) byBit.push(token === '-' ? null : token)
    else while (byBit.length < Number(token)) byBit.push(null)
  }
  return { leaf, subleaf, register, names: byBit }
}

const LEAF_1_EDX =
  'fpu vme de pse tsc msr pae mce cx8 apic - sep mtrr pge mca cmov pat pse36 pn clflush - dts acpi mmx fxsr sse sse2 ss ht tm ia64 pbe'

const WORDS: readonly NamedWord[] = [
  word(0x1, 0, 'edx', LEAF_1_EDX),
  word(
    0x1,
    0,
    'ecx',
    // Bit 27, OSXSAVE, is KVM's: it mirrors CR4.
    'pni pclmulqdq dtes64 monitor ds_cpl vmx smx est tm2 ssse3 cid sdbg fma cx16 xtpr pdcm - pcid dca sse4_1 sse4_2 x2apic movbe popcnt tsc_deadline_timer aes xsave - avx f16c rdrand hypervisor',
  ),
  word(0x6, 0, 'eax', 'dtherm ida arat - pln - pts hwp hwp_notify hwp_act_window hwp_epp hwp_pkg_req 19 hfi'),
  word(0x6, 0, 'ecx', 'aperfmperf 3 epb'),
  word(
    0x7,
    0,
    'ebx',
    'fsgsbase tsc_adjust sgx bmi1 hle avx2 fdp_excptn_only smep bmi2 erms invpcid rtm cqm zero_fcs_fds mpx rdt_a avx512f avx512dq rdseed adx smap avx512ifma - clflushopt clwb intel_pt avx512pf avx512er avx512cd sha_ni avx512bw avx512vl',
  ),
  word(
    0x7,
    0,
    'ecx',
    // Bit 4, OSPKE, is KVM's as well.
    '- avx512vbmi umip pku - waitpkg avx512_vbmi2 shstk gfni vaes vpclmulqdq avx512_vnni avx512_bitalg tme avx512_vpopcntdq - la57 22 rdpid 24 bus_lock_detect cldemote - movdiri movdir64b enqcmd sgx_lc',
  ),
  word(
    0x7,
    0,
    'edx',
    '- - avx512_4vnniw avx512_4fmaps fsrm 8 avx512_vp2intersect srbds_ctrl md_clear rtm_always_abort - tsx_force_abort serialize hybrid_cpu tsxldtrk - pconfig arch_lbr ibt - amx_bf16 avx512_fp16 amx_tile amx_int8 28 flush_l1d arch_capabilities core_capabilities',
  ),
  word(
    0x7,
    1,
    'eax',
    'sha512 sm3 sm4 - avx_vnni avx512_bf16 lass cmpccxadd 10 fzrm fsrs fsrc 17 fred lkgs wrmsrns 21 amx_fp16 23 avx_ifma 26 lam',
  ),
  word(0x7, 1, 'edx', '4 avx_vnni_int8 avx_ne_convert 8 amx_complex 10 avx_vnni_int16 14 prefetchiti 19 avx10'),
  word(0x7, 2, 'edx', 'intel_psfd ipred_ctrl rrsba_ctrl ddpd_u bhi_ctrl mcdt_no'),
  word(0xd, 1, 'eax', 'xsaveopt xsavec xgetbv1 xsaves xfd'),
  word(0x80000001, 0, 'edx', '11 syscall 19 mp nx - mmxext 25 fxsr_opt pdpe1gb rdtscp - lm 3dnowext 3dnow'),
  word(
    0x80000001,
    0,
    'ecx',
    'lahf_lm cmp_legacy svm extapic cr8_legacy abm sse4a misalignsse 3dnowprefetch osvw ibs xop skinit wdt - lwp fma4 tce - nodeid_msr - tbm topoext perfctr_core perfctr_nb - bpext ptsc perfctr_llc mwaitx',
  ),
  word(0x80000007, 0, 'ebx', 'overflow_recov succor 3 smca'),
  word(0x80000007, 0, 'edx', '7 hw_pstate 9 cpb 11 proc_feedback acc_power'),
  word(
    0x80000008,
    0,
    'ebx',
    'clzero irperf xsaveerptr - rdpru 9 wbnoinvd 16 ibrs_always_on amd_stibp_always_on 19 ibrs_same_mode 23 amd_ppin 25 virt_ssbd amd_ssb_no cppc amd_psfd btc_no amd_ibpb_ret brs',
  ),
  word(
    0x80000021,
    0,
    'eax',
    'no_nested_data_bp 2 lfence_rdtsc 5 verw_clear null_sel_clr_base 8 autoibrs no_smm_ctl_msr 20 prefetchi 27 sbpb ibpb_brtype srso_no srso_user_kernel_no',
  ),
  word(0x80000021, 0, 'ecx', '1 tsa_sq_no tsa_l1_no'),
]

const at = (leaf: number, subleaf: number, register: keyof Registers, bit: number): FeatureBit => ({
  leaf,
  subleaf,
  register,
  bit,
})

/** One name for several bits (each vendor has its own), or two names for one bit. */
const SHARED: Readonly<Record<string, readonly FeatureBit[]>> = {
  ibrs: [at(0x7, 0, 'edx', 26), at(0x80000008, 0, 'ebx', 14)],
  ibpb: [at(0x7, 0, 'edx', 26), at(0x80000008, 0, 'ebx', 12)],
  stibp: [at(0x7, 0, 'edx', 27), at(0x80000008, 0, 'ebx', 15)],
  ssbd: [at(0x7, 0, 'edx', 31), at(0x80000008, 0, 'ebx', 24)],
  constant_tsc: [at(0x80000007, 0, 'edx', 8)],
  nonstop_tsc: [at(0x80000007, 0, 'edx', 8)],
}

/** Bits of leaf 1 EDX that AMD repeats in leaf 0x80000001 EDX. */
const REPEATED_BITS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 14, 15, 16, 17, 23, 24]

function collect(): Map<string, FeatureBit[]> {
  const features = new Map<string, FeatureBit[]>()
  for (const { names, ...place } of WORDS) {
    for (const [bit, name] of names.entries()) if (name !== null) features.set(name, [{ ...place, bit }])
  }
  for (const [name, bits] of Object.entries(SHARED)) features.set(name, [...bits])
  for (const bits of features.values()) {
    const [{ leaf, register, bit } = at(0, 0, 'eax', 0)] = bits
    if (leaf === 0x1 && register === 'edx' && REPEATED_BITS.includes(bit)) bits.push(at(0x80000001, 0, 'edx', bit))
  }
  return features
}

/** Name → its bits; the feature is there when one of them is set. */
export const FEATURES: ReadonlyMap<string, readonly FeatureBit[]> = collect()

/** The words that features are in, each once. Their bits without a name are features that Volt does not know. */
export const FEATURE_WORDS: readonly FeatureWord[] = WORDS.map(({ leaf, subleaf, register }) => ({
  leaf,
  subleaf,
  register,
}))
