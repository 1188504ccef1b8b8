// A job of the lab: `time-boots.ts DIRECTORY ROUNDS NAME…` boots each manifest of the directory by turns, with the store in
// DIRECTORY/data, and leaves in $VOLT_LAB_RESULTS/boots.json the milliseconds from the start to init's first word.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openInput, probeHost, runInProcess } from '../../src/index.ts'

export interface TimedBoot {
  name: string
  /** Absent where init said nothing. */
  initMs?: number
  log: string
  exitCode: number
}

const [directory = '.', rounds = '1', ...names] = process.argv.slice(2)
const LIMIT_MS = 240_000
process.env['XDG_DATA_HOME'] = join(directory, 'data')
const host = await probeHost()

async function boot(name: string): Promise<TimedBoot> {
  const input = await openInput(join(directory, `${name}.yaml`))
  try {
    const { vms, diagnostics } = input.compile(host)
    const [vm] = vms
    if (vm === undefined) return { name, log: JSON.stringify([...input.diagnostics, ...diagnostics]), exitCode: 3 }
    let log = ''
    let initMs: number | undefined
    const began = performance.now()
    const running = await runInProcess(vm, {
      onConsole: (chunk) => {
        log += chunk.toString('latin1')
        if (initMs === undefined && log.includes('volt-lab: ')) initMs = Math.round(performance.now() - began)
      },
    })
    const timer = setTimeout(() => running.stop(), LIMIT_MS)
    const { exitCode } = await running.ended
    clearTimeout(timer)
    return { name, ...(initMs !== undefined && { initMs }), log, exitCode }
  } finally {
    await input.close()
  }
}

const boots: TimedBoot[] = []
for (let round = 0; round < Number(rounds); round++) {
  for (const name of names) {
    const timed = await boot(name)
    console.error(`lab: ${name}: init after ${timed.initMs} ms, exit code ${timed.exitCode}`)
    boots.push(timed)
  }
}
await writeFile(join(process.env['VOLT_LAB_RESULTS'] ?? '.', 'boots.json'), JSON.stringify(boots))
