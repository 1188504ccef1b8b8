// The kernel's own record of fsync on an image and of the interrupts by which the guest hears of it.
import { readFile, writeFile } from 'node:fs/promises'

const TRACING = '/sys/kernel/debug/tracing'
const EVENTS = ['ext4/ext4_sync_file_enter', 'ext4/ext4_sync_file_exit', 'kvm/kvm_set_irq']

export async function startTrace(): Promise<void> {
  await writeFile(`${TRACING}/trace`, '')
  for (const event of EVENTS) await writeFile(`${TRACING}/events/${event}/enable`, '1')
}

export async function stopTrace(): Promise<string> {
  for (const event of EVENTS) await writeFile(`${TRACING}/events/${event}/enable`, '0')
  return readFile(`${TRACING}/trace`, 'latin1')
}

export interface FlushRecord {
  /** Calls of fsync that came back with 0. */
  syncs: number
  /** Interrupts of the disk between a call of fsync and its return. */
  early: number
  /** Calls after which the guest was interrupted before the next. */
  answered: number
}

/** What a trace says of a disk whose guest has one request under way at a time; `gsi` is the disk's. */
export function readFlushes(trace: string, gsi: number): FlushRecord {
  const record = { syncs: 0, early: 0, answered: 0 }
  let state: 'idle' | 'syncing' | 'synced' = 'idle'
  for (const line of trace.split('\n')) {
    if (line.includes('ext4_sync_file_enter:')) state = 'syncing'
    else if (/ext4_sync_file_exit:.* ret 0$/.test(line)) {
      record.syncs++
      state = 'synced'
    } else if (new RegExp(`kvm_set_irq: gsi ${gsi} level 1 `).test(line)) {
      if (state === 'syncing') record.early++
      if (state !== 'synced') continue
      record.answered++
      state = 'idle'
    }
  }
  return record
}
