// How long it takes to compile a plan, and to compute its digest, by the number of vCPUs.
import { readFileSync } from 'node:fs'
import type { ElfKernel } from '../src/kernel/image.ts'
import type { VmSpec } from '../src/manifest/spec.ts'
import { compile } from '../src/plan/compile.ts'
import { planDigest } from '../src/plan/digest.ts'
import type { HostFacts } from '../src/plan/host-facts.gen.ts'

const COUNTS = [1, 2, 4, 8, 16, 32, 64, 128, 254, 512, 1024]
/** What an MP table can describe. */
const MP_TABLE_MAX = 254
const WARM_UP = 30
const RUNS = 101
const FACTS = new URL('../test/fixtures/host-facts/amd-epyc-svm-lab.json', import.meta.url)

/** A small ELF; the figures do not depend on it. */
const KERNEL: ElfKernel = {
  format: 'elf',
  size: 0x10000,
  sha256: '00'.repeat(32),
  entry: 0x100000,
  segments: [{ gpa: 0x100000, fileOffset: 0x1000, fileSize: 0x8000, memorySize: 0x10000 }],
}

function specOf(count: number): VmSpec {
  return {
    name: 'bench',
    labels: {},
    kernel: { image: './kernel', cmdline: 'console=ttyS0', protocol: 'auto' },
    vcpus: { count, sockets: 1, cores: count, threads: 1 },
    cpu: { template: 'host', features: {} },
    memoryBytes: 128 * 2 ** 20,
    firmware: { mptable: count <= MP_TABLE_MAX, acpi: false },
    console: { device: 'uart', maxSizeBytes: 1 << 24 },
    disks: [],
    networks: [],
    shares: [],
    restart: 'never',
    sandbox: 'best-effort',
    stopTimeoutMs: 30_000,
  }
}

/** Milliseconds of each warm run, ascending. */
function measure(run: () => unknown): number[] {
  for (let i = 0; i < WARM_UP; i++) run()
  const times = Array.from({ length: RUNS }, () => {
    const start = performance.now()
    run()
    return performance.now() - start
  })
  return times.sort((a, b) => a - b)
}

const at = (times: number[], share: number): string =>
  (times[Math.floor((times.length - 1) * share)] ?? Number.NaN).toFixed(2)

/** A Markdown section. */
export function benchmarkPlan(): string {
  const host = JSON.parse(readFileSync(FACTS, 'utf8')) as HostFacts
  const rows = COUNTS.map((count) => {
    const input = { spec: specOf(count), kernel: KERNEL, host }
    const result = compile(input)
    if (!result.ok) throw new Error(result.problems.map(({ message }) => message).join('\n'))
    const compiled = measure(() => compile(input))
    const digested = measure(() => planDigest(result.plan))
    const table = result.summary.mptable ? `${result.summary.mptable.bytes} bytes` : 'none'
    return `| ${count} | ${table} | ${at(compiled, 0.5)} | ${at(compiled, 0.9)} | ${at(digested, 0.5)} |`
  })
  return [
    '## Compiling a plan',
    '',
    `Milliseconds, warm, ${RUNS} runs. The target: 254 vCPUs in a median under 10 ms.`,
    '',
    '| vCPUs | MP table | compile, median | compile, 90% | digest, median |',
    '| ---: | ---: | ---: | ---: | ---: |',
    ...rows,
    '',
  ].join('\n')
}
