// Three ways to run a guest of the lab: in this process, by `volt run`, and by `volt apply` and `volt stop`.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { basename, extname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { openInput, runInProcess, type HostFacts } from '../../src/index.ts'
import { Dialogue, type Line } from './dialogue.ts'

export interface End {
  log: string
  /** 124 when it was ended because its time was over. */
  status: number
  /** What Volt said of its end: an event, the lines of standard error, or an answer to `volt stop` and `volt ps`. */
  how: string
}

/** Of a run that took longer than it may. */
export const OUT_OF_TIME = 124
const MAIN = fileURLToPath(new URL('../../dist/bin/volt.cjs', import.meta.url))
const POLL_MS = 500

/** Starting Node takes as long as a boot in the lab, so most guests run like this. `dialogue` is held at the console. */
export async function runHere(
  file: string,
  limitMs: number,
  host: HostFacts,
  dialogue: readonly Line[] = [],
): Promise<End> {
  const input = await openInput(file)
  try {
    const { vms, diagnostics } = input.compile(host)
    const [vm] = vms
    if (vm === undefined) return { log: '', status: 3, how: JSON.stringify([...input.diagnostics, ...diagnostics]) }
    const held = new Dialogue(dialogue)
    let late = false
    const running = await runInProcess(vm, {
      onConsole: (chunk) => {
        void held.hear(chunk.toString('latin1'), running).then((text) => running.write(Buffer.from(text)))
      },
    })
    const timer = setTimeout(() => {
      late = true
      running.stop()
    }, limitMs)
    const event = await running.ended
    clearTimeout(timer)
    return { log: held.log, status: late ? OUT_OF_TIME : event.exitCode, how: JSON.stringify(event) }
  } finally {
    await input.close()
  }
}

/** `volt run FILE`. */
export async function runByCommand(file: string, limitMs: number): Promise<End> {
  const { code, stdout, stderr } = await volt(limitMs, 'run', '--quiet', file)
  return { log: stdout, status: code, how: stderr }
}

/** `volt apply FILE`; when the guest says that it is ready `volt stop NAME`. The status is that of `volt stop`. */
export async function runByApply(file: string, limitMs: number): Promise<End> {
  const name = basename(file, extname(file))
  const until = Date.now() + limitMs
  const apply = await volt(limitMs, 'apply', file)
  if (apply.code !== 0) return { log: '', status: apply.code, how: apply.stderr }
  const { pid } = await vmOf(name)
  const logs = async () => (await volt(limitMs, 'logs', name)).stdout
  while (!(await logs()).includes('volt-lab: ready') && Date.now() < until) await sleep(POLL_MS)
  const stop = await volt(limitMs, 'stop', name, '--json')
  // The lab's process 1 takes its time to reap.
  while (existsSync(`/proc/${pid}/exe`) && Date.now() < until) await sleep(POLL_MS)
  const answer = stop.code === 0 ? (JSON.parse(stop.stdout) as { vms: unknown[] }).vms[0] : stop.stderr
  const { description } = await vmOf(name)
  const how = JSON.stringify({ answer, description, alive: existsSync(`/proc/${pid}/exe`) })
  return { log: await logs(), status: Date.now() < until ? stop.code : OUT_OF_TIME, how }
}

async function vmOf(name: string): Promise<{ pid?: number; description?: string }> {
  const { stdout } = await volt(60_000, 'ps', '--json')
  const { vms } = JSON.parse(stdout) as { vms: { name: string; pid?: number; description?: string }[] }
  return vms.find((vm) => vm.name === name) ?? {}
}

async function volt(limitMs: number, ...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let late = false
  const timer = setTimeout(() => {
    late = true
    child.kill('SIGKILL')
  }, limitMs)
  const closed = once(child, 'close') as Promise<[number | null]>
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), closed])
  clearTimeout(timer)
  return { code: late ? OUT_OF_TIME : (code ?? 1), stdout, stderr }
}
