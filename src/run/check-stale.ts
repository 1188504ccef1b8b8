// Saved plans: what they were made against, and whether that is still so.
import { stat } from 'node:fs/promises'
import { diskBackends } from '../plan/backends.ts'
import type { PlanBasis } from '../plan/plan-file.ts'
import type { VmStatus } from '../state/vm-state.ts'
import { VoltError } from '../volt-error.ts'
import type { RunnableVm } from './runnable-vm.ts'
import { runningVersion } from './running-version.ts'

/** As things are now. */
export async function basisOf(vm: RunnableVm, status: VmStatus): Promise<PlanBasis> {
  return { running: await runningDigest(status), images: await imageTimes(vm) }
}

/** Throws PLAN_STALE when something moved since the plan was made, unless what it plans runs by now. */
export async function checkStale(vm: RunnableVm, status: VmStatus): Promise<void> {
  if (vm.basis === undefined) return
  const now = await basisOf(vm, status)
  if (now.running === vm.digest) return
  const moved = [...movedMachine(vm, vm.basis.running, now.running), ...movedImages(vm, vm.basis.images, now.images)]
  if (moved.length > 0) throw staleError(moved.join('; '))
}

export function staleError(what: string): VoltError {
  return new VoltError('PLAN_STALE', `the saved plan is stale: ${what}`, {
    hint: 'make the plan again with `volt plan -o`',
  })
}

async function runningDigest(status: VmStatus): Promise<string | null> {
  if (status.state.kind !== 'running') return null
  return (await runningVersion(status)).digest ?? status.record?.digest ?? null
}

/** Of images that are only read: others change as their guests write. */
async function imageTimes({ plan, sources }: RunnableVm): Promise<Record<string, string>> {
  const read = diskBackends(plan).filter(({ writesImage }) => !writesImage)
  const times = read.map(async ({ image }) => [image, await modifiedAt(sources[image] ?? '')] as const)
  return Object.fromEntries(await Promise.all(times))
}

async function modifiedAt(path: string): Promise<string> {
  const { mtimeNs } = await stat(path, { bigint: true }).catch(() => ({ mtimeNs: undefined }))
  return mtimeNs === undefined ? 'missing' : String(mtimeNs)
}

function movedMachine({ name }: RunnableVm, before: string | null, now: string | null): string[] {
  if (before === now) return []
  if (before === null) return [`${name} runs, and did not when the plan was made`]
  if (now === null) return [`${name} does not run, and did when the plan was made`]
  return [`${name} runs another plan than when this one was made`]
}

function movedImages(
  { sources }: RunnableVm,
  before: Readonly<Record<string, string>>,
  now: Readonly<Record<string, string>>,
): string[] {
  return Object.keys(now)
    .filter((image) => before[image] !== now[image])
    .map((image) => `${sources[image]} ${now[image] === 'missing' ? 'is gone' : 'was written to since it was made'}`)
}
