// Machines to draw: small and large, with and without nodes and devices. scripts/pictures draws some of them for docs/.
import type { VmSpec } from '../../src/manifest/spec.ts'
import { compile } from '../../src/plan/compile.ts'
import { planDigest } from '../../src/plan/digest.ts'
import type { PicturedPlan } from '../../src/picture/plan-picture.ts'
import { bzImage, diskSpec, elfImage, machineSpec, MIB, networkSpec } from '../plan/support/images.ts'
import { hostFacts } from '../plan/support/host-facts.ts'

const GIB = 1024 * MIB
const ACPI = { mptable: 'auto', acpi: true } as const

/** A name and the backends of its devices. */
type Machine = [name: string, spec: VmSpec, sources: Record<string, string>]

const TWELVE: Partial<VmSpec> = {
  disks: [
    diskSpec('root', { overlay: true }),
    diskSpec('data', { queues: 4, rateLimit: { bandwidth: { perSecond: 100 * MIB, burst: 100 * MIB } } }),
    diskSpec('logs', { cache: 'writethrough' }),
    diskSpec('tools', { readOnly: true }),
  ],
  networks: [
    networkSpec('net0', { user: { ports: ['8080:80', '8443:443'] } }),
    networkSpec('lan', { mac: '02:00:00:00:00:02' }),
    networkSpec('wan', { mac: '02:00:00:00:00:03', mtu: 9000, queues: 2 }),
  ],
  rng: {},
  vsock: { cid: 7 },
  balloon: { targetBytes: GIB, freePageReporting: true, deflateOnOom: true, statsIntervalMs: 1000 },
  shares: [
    { tag: 'src', directory: './src', readOnly: true, cache: 'auto' },
    { tag: 'cache', directory: './cache', readOnly: false, cache: 'always' },
  ],
}

const SOURCES: Record<string, string> = {
  'disk-root': '/srv/images/debian-12.img',
  'overlay-root': 'state:overlays/root-3f2a.overlay',
  'disk-data':
    '/srv/a-directory-with-a-long-name/and-another-below-it/of-the-team-that-keeps-the-data/data-2026-11-23.img',
  'disk-logs': '/srv/images/logs.img',
  'disk-tools': '/srv/images/tools.img',
  'net-net0': 'user:8080:80,8443:443',
  'net-lan': 'network:backend',
  'net-wan': 'bridge:br0',
  'vsock-listener': 'state:vsock.sock',
  'share-src': '/srv/src & <more>',
  'share-cache': '/var/cache/数据',
}

const numa = (count: number, bytes: number): NonNullable<VmSpec['numa']> =>
  [0, 1].map((node) => ({
    vcpus: Array.from({ length: count / 2 }, (_, index) => (node * count) / 2 + index),
    memoryBytes: bytes / 2,
    distances: node === 0 ? [10, 21] : [21, 10],
  }))

/** The whole figures of the test: 1, 64 and 1024 vCPUs, no devices and twelve, two nodes. */
export const MACHINES: Machine[] = [
  ['one', machineSpec(1, { console: { device: 'none', maxSizeBytes: MIB } }), {}],
  ['one-twelve', machineSpec(1, { memoryBytes: 512 * MIB, firmware: ACPI, ...TWELVE }), SOURCES],
  [
    'sixty-four',
    machineSpec(64, { memoryBytes: 2 * GIB, firmware: ACPI, console: { device: 'none', maxSizeBytes: MIB } }),
    {},
  ],
  [
    'web',
    machineSpec([2, 4, 2], { memoryBytes: 8 * GIB, numa: numa(16, 8 * GIB), firmware: ACPI, ...TWELVE }),
    SOURCES,
  ],
  [
    'sixty-four-twelve',
    machineSpec([2, 16, 2], { memoryBytes: 256 * GIB, numa: numa(64, 256 * GIB), firmware: ACPI, ...TWELVE }),
    SOURCES,
  ],
  ['sockets', machineSpec([12, 3, 1], { memoryBytes: 64 * GIB, firmware: ACPI }), {}],
  ['many', machineSpec([4, 128, 2], { memoryBytes: 768 * GIB, firmware: ACPI, ...TWELVE }), SOURCES],
]

/** Debian's kernel with an initrd, but for `one`, whose kernel is a small ELF. */
export function picturedPlan([name, spec, sources]: Machine): PicturedPlan {
  const sha256 = 'ab'.repeat(32)
  const result = compile({
    spec: { ...spec, name },
    kernel: name === 'one' ? elfImage() : bzImage(),
    ...(name !== 'one' && { initrd: { size: 31_457_280 + 4321, sha256 } }),
    disks: spec.disks.map((_, index) => ({ sizeBytes: (index + 1) * GIB })),
    host: hostFacts('amd-epyc-svm-lab'),
  })
  if (!result.ok) throw new Error(result.problems.map(({ message }) => message).join('\n'))
  return { name, digest: planDigest(result.plan), plan: result.plan, sources }
}
