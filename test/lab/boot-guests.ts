// The lab's job: `boot-guests.ts DIRECTORY` runs each manifest and saved plan of a directory, one after the other, and leaves
// NAME.log (console), NAME.status (exit code) and NAME.end (how it ended) in $VOLT_LAB_RESULTS. What is named cli-… runs by
// `volt run`; the others in this process, because starting Node takes as long as a boot in the lab.
import { spawn } from 'node:child_process'
import { readdir, writeFile } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openInput, probeHost, runInProcess, type HostFacts } from '../../src/index.ts'

interface End {
  log: string
  /** 124 when it was stopped because its time was over. */
  status: number
  how: string
}

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const [directory = '.'] = process.argv.slice(2)
const results = process.env['VOLT_LAB_RESULTS'] ?? '.'

async function runHere(file: string, limitMs: number, host: HostFacts): Promise<End> {
  const input = await openInput(file)
  try {
    const { vms, diagnostics } = input.compile(host)
    const [vm] = vms
    if (vm === undefined) return { log: '', status: 3, how: JSON.stringify([...input.diagnostics, ...diagnostics]) }
    let log = ''
    let late = false
    const running = await runInProcess(vm, { onConsole: (chunk) => (log += chunk.toString('latin1')) })
    const timer = setTimeout(() => {
      late = true
      running.stop()
    }, limitMs)
    const event = await running.ended
    clearTimeout(timer)
    return { log, status: late ? 124 : event.exitCode, how: JSON.stringify(event) }
  } finally {
    await input.close()
  }
}

async function runByCommand(file: string, limitMs: number): Promise<End> {
  const child = spawn(process.execPath, [MAIN, 'run', '--quiet', file], { stdio: ['ignore', 'pipe', 'pipe'] })
  let log = ''
  let how = ''
  child.stdout.on('data', (chunk: Buffer) => (log += chunk.toString('latin1')))
  child.stderr.on('data', (chunk: Buffer) => (how += chunk.toString()))
  let late = false
  const timer = setTimeout(() => {
    late = true
    child.kill('SIGKILL')
  }, limitMs)
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  clearTimeout(timer)
  return { log, status: late ? 124 : (code ?? 1), how }
}

/** For one guest. */
const RETRIES = 2

const host = await probeHost()
for (const entry of (await readdir(directory)).sort()) {
  const name = basename(entry, extname(entry))
  const limitMs = name.endsWith('-64') ? 240_000 : 90_000
  const attempt = () =>
    name.startsWith('cli-')
      ? runByCommand(join(directory, entry), limitMs)
      : runHere(join(directory, entry), limitMs, host).catch((error: unknown) => ({
          log: '',
          status: 1,
          how: String(error),
        }))
  const began = Date.now()
  let end = await attempt()
  // The emulated machine makes guests hang or fault now and then, whatever monitor runs them.
  for (let retries = 0; end.status !== 0 && retries < RETRIES; retries++) {
    console.error(`lab: ${name} ended with ${end.status} (${end.how.trim()}); trying once more`)
    end = await attempt()
  }
  console.error(`lab: ${name}: status ${end.status} after ${((Date.now() - began) / 1000).toFixed(1)} s`)
  await writeFile(join(results, `${name}.log`), end.log, 'latin1')
  await writeFile(join(results, `${name}.status`), String(end.status))
  await writeFile(join(results, `${name}.end`), end.how)
}
