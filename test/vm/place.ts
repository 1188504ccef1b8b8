// A workplace for tests that start machines in the background, and what `volt ps` says there.
import { readFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { makeWorkplace, type Workplace } from '../cli/volt.ts'

export interface PsEntry {
  name: string
  state: string
  description: string
  pid?: number
  vcpus?: number
  memoryBytes?: number
}

/** Its machines are destroyed at the end, whatever happened. */
export async function withPlace(
  files: Record<string, string>,
  body: (place: Workplace) => Promise<void>,
): Promise<void> {
  const place = await makeWorkplace(files)
  try {
    await body(place)
  } finally {
    for (const project of await readdir(join(place.stateHome, 'volt')).catch(() => [])) {
      await place.volt('destroy', '--all', '--timeout', '0', '--project', project)
    }
    await place.remove()
  }
}

export async function ps(place: Workplace): Promise<PsEntry[]> {
  return (JSON.parse((await place.volt('ps', '--json')).stdout) as { vms: PsEntry[] }).vms
}

/** The process of a machine that runs, jailed below its keeper; 0 where there is none. */
export function machineOf(keeper = 0): number {
  return childrenOf(keeper).find((pid) => readProcess(pid, 'cmdline').includes('--plan')) ?? 0
}

export function childrenOf(pid: number): number[] {
  return readProcess(pid, `task/${pid}/children`).split(' ').filter(Boolean).map(Number)
}

/** A file of /proc; nothing where the process has ended, which one that is looked at may do at any moment. */
export function readProcess(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1')
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (['ENOENT', 'ESRCH'].includes(code)) return ''
    throw error
  }
}

/** Whether a process blocks or handles a signal, which then does not just end it. */
export function holdsBack(pid: number, signal: number): boolean {
  const masks = [...readProcess(pid, 'status').matchAll(/^Sig(?:Blk|Cgt):\s*(\w+)$/gm)].map(([, mask]) =>
    BigInt(`0x${mask}`),
  )
  return masks.some((mask) => ((mask >> BigInt(signal - 1)) & 1n) === 1n)
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
