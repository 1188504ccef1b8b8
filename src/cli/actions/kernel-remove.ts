// What `volt kernel rm` and `volt kernel prune` do.
import { digestsInUse } from '../../run/kernels-in-use.ts'
import { formatKernelName } from '../../store/kernel-name.ts'
import { userStore } from '../../store/store-place.ts'
import { pruneStore, removeKernel, type Swept } from '../../store/sweep.ts'
import { VoltError } from '../../volt-error.ts'
import { canAsk } from '../ask.ts'
import { confirm } from '../confirm.ts'
import type { Context } from '../context.ts'
import { lockOptions } from '../lock-options.ts'
import { createProgress } from '../progress.ts'
import { formatSize, plural } from '../render/units.ts'
import type { JsonOption } from './kernel-show.ts'

export interface PruneOptions extends JsonOption {
  dryRun?: true
  yes?: true
}

export async function remove(context: Context, reference: string, options: JsonOption): Promise<void> {
  const progress = createProgress(context, { silent: options.json === true })
  const lock = lockOptions(context, progress, 'the store')
  const swept = await removeKernel(userStore(), reference, await digestsInUse(), lock)
  await report(context, swept, 'removed', options)
}

/** Asks, where it would remove something. Throws DECLINED, without a terminal too. */
export async function prune(context: Context, options: PruneOptions): Promise<void> {
  const progress = createProgress(context, { silent: options.json === true })
  const lock = lockOptions(context, progress, 'the store')
  const inUse = await digestsInUse()
  if (!options.dryRun && !options.yes) {
    const swept = await pruneStore(userStore(), { inUse, dryRun: true }, lock)
    const what = [...swept.kernels.map(formatKernelName), filesOf(swept)].join(', ')
    if (swept.kernels.length + swept.blobs.length + swept.disks.length > 0) await agree(`remove ${what}`, context)
  }
  const swept = await pruneStore(userStore(), { inUse, dryRun: options.dryRun === true }, lock)
  await report(context, swept, options.dryRun ? 'would remove' : 'removed', options)
}

async function agree(what: string, context: Context): Promise<void> {
  if (canAsk(context)) return confirm(`${what}?`, context)
  throw new VoltError('DECLINED', `to ${what} needs agreement, and there is nobody to ask`, {
    hint: 'say --yes to agree beforehand, or --dry-run to look',
  })
}

function filesOf({ blobs, disks, bytes }: Swept): string {
  const made = disks.length > 0 ? [`${plural(disks.length, 'disk')} that Volt made`] : []
  return [plural(blobs.length, 'file'), ...made, formatSize(bytes)].join(', ')
}

async function report({ stdout }: Context, swept: Swept, verb: string, { json }: JsonOption): Promise<void> {
  const kernels = swept.kernels.map(formatKernelName)
  if (json)
    return stdout.line(
      JSON.stringify({ formatVersion: 1, kernels, blobs: swept.blobs, disks: swept.disks, bytes: swept.bytes }),
    )
  for (const kernel of kernels) await stdout.line(`${verb} ${kernel}`)
  await stdout.line(`${verb} ${filesOf(swept)}`)
}
