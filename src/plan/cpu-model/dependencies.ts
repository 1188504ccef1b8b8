// What a processor feature needs to be there, by the manuals' detection procedures: turning one off takes what needs it.

const SSE: Readonly<Record<string, readonly string[]>> = {
  mmx: ['fpu'],
  fxsr: ['fpu'],
  mmxext: ['mmx'],
  '3dnow': ['mmx'],
  '3dnowext': ['3dnow'],
  fxsr_opt: ['fxsr'],
  sse: ['fxsr'],
  sse2: ['sse'],
  misalignsse: ['sse'],
  pni: ['sse2'],
  ssse3: ['pni'],
  sse4a: ['pni'],
  sse4_1: ['ssse3'],
  sse4_2: ['sse4_1'],
  aes: ['sse2'],
  pclmulqdq: ['sse2'],
  sha_ni: ['sse2'],
  gfni: ['sse2'],
}

/** Extended state, Intel SDM volume 1, chapter 13: the components that XSAVE manages, and the forms of XSAVE. */
const EXTENDED_STATE: Readonly<Record<string, readonly string[]>> = {
  xsave: ['fxsr'],
  xsaveopt: ['xsave'],
  xsavec: ['xsave'],
  xgetbv1: ['xsave'],
  xsaves: ['xsave'],
  xfd: ['xsave', 'xgetbv1'],
  mpx: ['xsave'],
  pku: ['xsave'],
  shstk: ['xsaves'],
  enqcmd: ['xsaves'],
  amx_tile: ['xsave', 'xfd'],
  amx_int8: ['amx_tile'],
  amx_bf16: ['amx_tile'],
  amx_fp16: ['amx_tile'],
  amx_complex: ['amx_tile'],
}

const AVX: Readonly<Record<string, readonly string[]>> = {
  avx: ['xsave', 'sse4_2'],
  f16c: ['avx'],
  fma: ['avx'],
  fma4: ['avx'],
  xop: ['avx'],
  sm3: ['avx'],
  avx2: ['avx'],
  vaes: ['avx', 'aes'],
  vpclmulqdq: ['avx', 'pclmulqdq'],
  avx_vnni: ['avx2'],
  avx_ifma: ['avx2'],
  avx_vnni_int8: ['avx2'],
  avx_vnni_int16: ['avx2'],
  avx_ne_convert: ['avx2'],
  sha512: ['avx2'],
  sm4: ['avx2'],
  avx10: ['avx512f'],
}

const AVX512: Readonly<Record<string, readonly string[]>> = {
  avx512f: ['avx2'],
  avx512bw: ['avx512f'],
  avx512cd: ['avx512f'],
  avx512dq: ['avx512f'],
  avx512er: ['avx512f'],
  avx512ifma: ['avx512f'],
  avx512pf: ['avx512f'],
  avx512vbmi: ['avx512f'],
  avx512vl: ['avx512f'],
  avx512_4fmaps: ['avx512f'],
  avx512_4vnniw: ['avx512f'],
  avx512_vpopcntdq: ['avx512f'],
  avx512_fp16: ['avx512bw'],
  avx512_bf16: ['avx512vl'],
  avx512_bitalg: ['avx512vl'],
  avx512_vbmi2: ['avx512vl'],
  avx512_vnni: ['avx512vl'],
  avx512_vp2intersect: ['avx512vl'],
}

const SYSTEM: Readonly<Record<string, readonly string[]>> = {
  nx: ['pae'],
  lm: ['pae'],
  la57: ['lm'],
  lam: ['lm'],
  lahf_lm: ['lm'],
  pdpe1gb: ['lm'],
  pcid: ['lm'],
  fred: ['lkgs'],
  x2apic: ['apic'],
  extapic: ['apic'],
  cr8_legacy: ['apic'],
  tsc_deadline_timer: ['apic', 'tsc'],
  tsc_adjust: ['tsc'],
  rdtscp: ['tsc'],
  constant_tsc: ['tsc'],
  nonstop_tsc: ['tsc'],
  mca: ['mce'],
  smca: ['mca'],
  succor: ['mca'],
  overflow_recov: ['mca'],
  dtes64: ['dts'],
  ds_cpl: ['dts'],
  sgx_lc: ['sgx'],
  skinit: ['svm'],
  hwp_notify: ['hwp'],
  hwp_act_window: ['hwp'],
  hwp_epp: ['hwp'],
  hwp_pkg_req: ['hwp'],
  amd_stibp_always_on: ['stibp'],
  ibrs_always_on: ['ibrs'],
  ibrs_same_mode: ['ibrs'],
}

/** Feature → what it needs at once; what those need comes on top. */
export const DEPENDENCIES: Readonly<Record<string, readonly string[]>> = {
  ...SSE,
  ...EXTENDED_STATE,
  ...AVX,
  ...AVX512,
  ...SYSTEM,
}

/** Everything that a feature needs, nearest first, itself left out. */
export function needsOf(feature: string): string[] {
  return reachable([feature], (name) => DEPENDENCIES[name] ?? [])
}

/** Everything that cannot be without one of `features`, themselves left out. */
export function dependentsOf(features: readonly string[]): string[] {
  const dependents = (needed: string) =>
    Object.keys(DEPENDENCIES).filter((name) => DEPENDENCIES[name]?.includes(needed))
  return reachable(features, dependents)
}

function reachable(from: readonly string[], step: (name: string) => readonly string[]): string[] {
  const found = new Set(from)
  for (const name of found) for (const next of step(name)) found.add(next)
  return [...found].slice(from.length)
}
