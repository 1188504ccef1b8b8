// What `volt kernel rm` and `volt kernel prune` do.
import { digestsInUse } from '../../run/kernels-in-use.ts'
import { formatKernelName } from '../../store/kernel-name.ts'
import { userStore } from '../../store/store-place.ts'
import { pruneStore, removeKernel, type Swept } from '../../store/sweep.ts'
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

/** Asks at a terminal, where it would remove kernels. */
export async function prune(context: Context, options: PruneOptions): Promise<void> {
  const progress = createProgress(context, { silent: options.json === true })
  const lock = lockOptions(context, progress, 'the store')
  const inUse = await digestsInUse()
  if (!options.dryRun && !options.yes && canAsk(context)) {
    const { kernels } = await pruneStore(userStore(), { inUse, dryRun: true }, lock)
    if (kernels.length > 0) await confirm(`remove ${kernels.map(formatKernelName).join(', ')}?`, context)
  }
  const swept = await pruneStore(userStore(), { inUse, dryRun: options.dryRun === true }, lock)
  await report(context, swept, options.dryRun ? 'would remove' : 'removed', options)
}

async function report({ stdout }: Context, swept: Swept, verb: string, { json }: JsonOption): Promise<void> {
  const kernels = swept.kernels.map(formatKernelName)
  if (json)
    return stdout.line(
      JSON.stringify({ formatVersion: 1, kernels, blobs: swept.blobs, disks: swept.disks, bytes: swept.bytes }),
    )
  for (const kernel of kernels) await stdout.line(`${verb} ${kernel}`)
  await stdout.line(`${verb} ${plural(swept.blobs.length + swept.disks.length, 'file')}, ${formatSize(swept.bytes)}`)
}
