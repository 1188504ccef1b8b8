// The keeper of a machine whose record cannot be read: it has the machine's directory open, and its record would say no more.
import { readdir, readFile, readlink, realpath } from 'node:fs/promises'
import { identifyProcess, type ProcessIdentity } from '../host/process.ts'

/** Undefined where none runs that this user may look at. `directory` is that of the machine's state. */
export async function findKeeper(directory: string): Promise<ProcessIdentity | undefined> {
  const place = await realpath(directory).catch(() => directory)
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  for (const pid of pids) {
    if ((await commandOf(pid)) === 'keep' && (await hasOpen(pid, place))) return identifyProcess(pid)
  }
  return undefined
}

/** The first word behind the program. */
async function commandOf(pid: number): Promise<string | undefined> {
  const words = await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '')
  return words.split('\0')[1]
}

async function hasOpen(pid: number, directory: string): Promise<boolean> {
  const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => [])
  for (const fd of descriptors) {
    if ((await readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')) === directory) return true
  }
  return false
}
