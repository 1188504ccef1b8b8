// Waits until a machine is what it is to be.
import { open } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { readLast } from '../state/read-events.ts'
import { hasReadiness } from '../state/vm-record.ts'
import { describeState, readStatus, type VmState, type VmStatus } from '../state/vm-state.ts'
import { VoltError } from '../volt-error.ts'
import type { FoundVm } from './find-vm.ts'
import type { Goal } from './goals.ts'

export interface WaitOptions {
  /** Without it for ever; a manifest's own timeout ends the wait for `ready` in any case. */
  timeoutMs?: number
  signal?: AbortSignal
}

const POLL_MS = 50
const TAIL_BYTES = 2048
const TAIL_LINES = 10

/** Throws NOT_READY, WAIT_TIMEOUT, NOT_RUNNING where a machine that is to be ready ends, and USAGE where nothing says when it is. */
export async function waitFor(
  { project, name }: FoundVm,
  goal: Goal,
  { timeoutMs, signal }: WaitOptions,
): Promise<VmState> {
  const deadline = timeoutMs === undefined ? Infinity : Date.now() + timeoutMs
  for (;;) {
    signal?.throwIfAborted()
    const status = await readStatus(project, name)
    if (isReached(status, goal)) return status.state
    if (Date.now() >= deadline) {
      const was = goal === 'ready' ? 'not ready' : describeState(status.state)
      const message = `the machine '${name}' is ${was} after ${(timeoutMs ?? 0) / 1000} s`
      throw new VoltError(goal === 'ready' ? 'NOT_READY' : 'WAIT_TIMEOUT', message, { hint: SEE_LOG })
    }
    await sleep(POLL_MS, undefined, signal && { signal }).catch(() => undefined)
  }
}

const SEE_LOG = '`volt logs NAME` shows what the guest wrote, `volt events NAME` what became of the machine'

function isReached({ name, state, record }: VmStatus, goal: Goal): boolean {
  if (goal === 'stopped') return state.kind !== 'running'
  if (goal === 'running') return state.kind === 'running' && state.restarting !== true
  if (record !== undefined && !hasReadiness(record)) {
    throw new VoltError('USAGE', `nothing says when the machine '${name}' is ready`, {
      hint: 'its manifest has no `readiness`',
    })
  }
  if (state.kind !== 'running') {
    const message = `the machine '${name}' does not run and so gets not ready: ${describeState(state)}`
    throw new VoltError('NOT_RUNNING', message, { hint: SEE_LOG })
  }
  if (state.readiness === 'not-ready') {
    throw new VoltError('NOT_READY', `the machine '${name}' was not ready in the time that its manifest gives`, {
      hint: `it runs on; see its readiness.timeout, and what it wrote`,
    })
  }
  return state.readiness === 'ready'
}

/** The last lines that the guest wrote, as its keeper saw them when it gave up, or as they are now. */
export async function consoleTail({ project, name }: FoundVm): Promise<string[]> {
  const { files, state } = await readStatus(project, name)
  const gaveUp = state.kind === 'running' ? readLast(files.events, ['not-ready', 'started']) : undefined
  const text = gaveUp?.event === 'not-ready' ? gaveUp.console : await readEnd(files.console)
  const lines = text.split(/\r?\n|\r/).filter((line) => line.trim() !== '')
  return lines.slice(-TAIL_LINES)
}

async function readEnd(path: string): Promise<string> {
  const handle = await open(path, 'r').catch(() => undefined)
  if (handle === undefined) return ''
  try {
    const { size } = await handle.stat()
    const { buffer, bytesRead } = await handle.read(
      Buffer.alloc(TAIL_BYTES),
      0,
      TAIL_BYTES,
      Math.max(0, size - TAIL_BYTES),
    )
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await handle.close()
  }
}
