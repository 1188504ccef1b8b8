// What a VM runs: the plan it was last applied with, or, where its guest rebooted after a live change, the one before it.
import { eventsOf } from '../state/read-events.ts'
import type { VmFiles } from '../state/vm-files.ts'
import type { VmStatus } from '../state/vm-state.ts'
import { writeState } from '../state/state-directory.ts'
import { readSavedPlan, type SavedPlan } from './runnable-vm.ts'

export interface RunningVersion extends SavedPlan {
  /** The manifest with its defaults, or null when a saved plan was applied. */
  manifest: object | null
  /** Whether the guest rebooted into it, out of what was changed live. */
  rebooted: boolean
}

/** What booted.json holds: what volt-vmm was started with, which is what it boots again when the guest resets itself. */
interface Booted extends SavedPlan {
  manifest: object | null
  /** Boots when it was last changed live. */
  boots: number
}

/** Of a VM that has a record. A plan that cannot be read is left out. */
export async function runningVersion({ files, record }: VmStatus): Promise<RunningVersion> {
  const booted = await readBooted(files)
  if (booted !== undefined && booted.boots !== (await countBoots(files))) return { ...booted, rebooted: true }
  return { ...(await readSavedPlan(files.plan)), manifest: record?.manifest ?? null, rebooted: false }
}

/** To be called before a machine is changed live. */
export async function keepBooted(status: VmStatus): Promise<void> {
  const { files, record } = status
  const before = (await readBooted(files)) ?? {
    ...(await readSavedPlan(files.plan)),
    manifest: record?.manifest ?? null,
  }
  const booted = { ...before, formatVersion: 1, boots: await countBoots(files) }
  await writeState(files.booted, JSON.stringify(booted) + '\n')
}

/** Undefined also where the file is damaged. */
async function readBooted({ booted }: VmFiles): Promise<Booted | undefined> {
  const { plan, ...others } = (await readSavedPlan(booted)) as Partial<Booted>
  return plan === undefined ? undefined : ({ ...others, plan } as Booted)
}

/** Not by time: clocks are set back. */
async function countBoots({ events }: VmFiles): Promise<number> {
  let boots = 0
  const starts = eventsOf(events, ['started'])
  while ((await starts.next()).done !== true) boots += 1
  return boots
}
