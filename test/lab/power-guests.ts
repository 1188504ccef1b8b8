// How the lab's guests end: what each does, and what Volt must say of it.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { StopReason } from '../../src/index.ts'
import { LAB_CPU } from './guests.ts'

export interface PowerGuest {
  /** Begins with `stop-` where `volt apply` starts it and `volt stop` ends it (boot-guests.ts). */
  name: string
  /** Word for guest-init. */
  word: 'poweroff' | 'reboot' | 'panic' | 'panic-unseen' | 'obey' | 'ignore'
  reason: StopReason
  /** Of `volt run`, or of `volt stop`. */
  status: number
  /** What `volt stop` says of it. */
  ended?: 'powered-off' | 'forced'
}

export const POWER_GUESTS: PowerGuest[] = [
  { name: 'power-poweroff', word: 'poweroff', reason: 'poweroff', status: 0 },
  { name: 'power-reboot', word: 'reboot', reason: 'reset', status: 0 },
  { name: 'power-panic', word: 'panic', reason: 'panic', status: 20 },
  // Without pvpanic's driver a panic with panic=-1 is a reset like any other.
  { name: 'power-panic-unseen', word: 'panic-unseen', reason: 'reset', status: 0 },
  { name: 'stop-obey', word: 'obey', reason: 'poweroff', status: 0, ended: 'powered-off' },
  { name: 'stop-ignore', word: 'ignore', reason: 'stopped', status: 0, ended: 'forced' },
]

/** For a guest that ignores its power button; the one that obeys has a minute, which is much in the lab. */
const IGNORED_S = 3
const OBEYED_S = 60

function powerManifest({ name, word }: PowerGuest, cache: string): string {
  const kernel = {
    image: join(cache, 'vmlinuz'),
    initrd: join(cache, 'guest.cpio'),
    cmdline: `console=ttyS0 panic=-1 quiet lab=${word}`,
  }
  const stopTimeout = `${word === 'ignore' ? IGNORED_S : OBEYED_S}s`
  const head = { apiVersion: 'volt/v1', kind: 'MicroVM', metadata: { name } }
  return JSON.stringify({ ...head, kernel, vcpus: 2, cpu: LAB_CPU, memory: '256MiB', stopTimeout })
}

/** Writes the manifests. */
export async function writePowerGuests(directory: string, cache: string): Promise<void> {
  await mkdir(directory, { recursive: true })
  for (const each of POWER_GUESTS) await writeFile(join(directory, `${each.name}.yaml`), powerManifest(each, cache))
}
