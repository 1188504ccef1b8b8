// `in-process-cycles.ts MANIFEST CYCLES LOOK`: that many machines in this process, one after the other; how it is after
// each LOOK of them, as JSON.
import { readdirSync, readFileSync } from 'node:fs'
import { openInput, probeHost, runInProcess } from '../../src/index.ts'

const [manifest = '', cycles = '', look = ''] = process.argv.slice(2)

export interface Footprint {
  descriptors: number
  threads: number
  /** Without what the heap of JavaScript takes. */
  residentKib: number
}

function footprint(): Footprint {
  globalThis.gc?.()
  const resident = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
  return {
    descriptors: readdirSync('/proc/self/fd').length,
    threads: readdirSync('/proc/self/task').length,
    residentKib: Number(resident) - Math.round(process.memoryUsage().heapTotal / 1024),
  }
}

const host = await probeHost()
const input = await openInput(manifest)
const [vm] = input.compile(host).vms
if (vm === undefined) throw new Error('the manifest does not compile')
const seen: Footprint[] = []
for (let cycle = 1; cycle <= Number(cycles); cycle++) {
  let said = ''
  const running = await runInProcess(vm, { onConsole: (chunk) => (said += chunk.toString()) })
  const { reason } = await running.ended
  if (reason !== 'poweroff' || said === '') throw new Error(`cycle ${cycle}: ${reason}, '${said}'`)
  if (cycle % Number(look) === 0) seen.push(footprint())
}
await input.close()
console.log(JSON.stringify(seen))
