// What the benchmarks of a machine's start are made of: the program that measures, guests that cost nothing, and their plans.
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openInput, type HostFacts } from '../../src/index.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const LINK = ['-nostdlib', '-static', '-no-pie', '-Wl,-z,max-page-size=4096,--build-id=none']
export const MEMORY_MIB = 128

export interface Guest {
  kernel: string
  /** The bare boot plan, as volt-vmm takes it. */
  plan: string
}

/** The program `measure` (measure.cc) in `directory`. */
export function buildMeasure(directory: string): string {
  const program = join(directory, 'measure')
  execFileSync('g++', ['-O2', '-std=c++20', join(here, 'measure.cc'), '-o', program])
  return program
}

/** `definitions` are of guest.S, such as `PORT=1000`. */
export async function buildGuest(
  directory: string,
  host: HostFacts,
  name: string,
  ...definitions: string[]
): Promise<Guest> {
  const kernel = join(directory, `${name}.elf`)
  const defined = definitions.map((definition) => `-D${definition}`)
  execFileSync('gcc', [...LINK, ...defined, `-Wl,-T,${join(here, 'guest.ld')}`, join(here, 'guest.S'), '-o', kernel])
  const manifest = join(directory, `${name}.yaml`)
  const memory = `${MEMORY_MIB}MiB`
  const content = { apiVersion: 'volt/v1', kind: 'MicroVM', metadata: { name }, kernel: { image: kernel }, memory }
  writeFileSync(manifest, JSON.stringify(content))
  const input = await openInput(manifest)
  try {
    const { vms, diagnostics } = input.compile(host)
    const [vm] = vms
    if (vm === undefined) throw new Error(JSON.stringify([...input.diagnostics, ...diagnostics]))
    const plan = join(directory, `${name}.json`)
    writeFileSync(plan, JSON.stringify(vm.plan))
    return { kernel, plan }
  } finally {
    await input.close()
  }
}
