// The stages in which initrds and disks are made from what the manifest names.
import { build } from '../run/unbuilt.ts'
import type { LoadedVm } from '../run/load-vms.ts'
import type { Input } from '../run/open-input.ts'
import type { Context } from './context.ts'
import { lockOptions } from './lock-options.ts'
import type { Progress } from './progress.ts'
import { InvalidManifests } from './report-error.ts'
import { formatSize } from './render/units.ts'

/** For all machines or the one that is named. Throws InvalidManifests, STATE_LOCKED, STATE_UNWRITABLE, HOST_ERROR. */
export async function buildContent(
  context: Context,
  progress: Progress,
  { loaded, sources }: Input,
  only?: string,
): Promise<void> {
  for (const vm of loaded) {
    const { name } = vm.document.spec
    if (only !== undefined && name !== only) continue
    const machine = loaded.length > 1 ? ` of ${name}` : ''
    while (vm.unbuilt.length > 0) await buildNext(context, progress, vm, machine, sources)
  }
}

async function buildNext(
  context: Context,
  progress: Progress,
  vm: LoadedVm,
  machine: string,
  sources: Input['sources'],
): Promise<void> {
  const [next] = vm.unbuilt
  if (next === undefined) return
  const title = `Build ${next.name}${machine}`
  await progress.stage(title, async (report) => {
    const lock = lockOptions(context, progress, 'the store')
    const onProgress = (text: string) => report.title(`${title}: ${text}`)
    const built = await context.interruption.guard(() => build(vm.document, next, { ...lock, onProgress }))
    if ('severity' in built) throw new InvalidManifests([built], sources)
    vm.unbuilt.shift()
    report.title(`${title}: ${formatSize(built.bytes)}${built.fresh ? '' : ', as it was'}`)
  })
}
