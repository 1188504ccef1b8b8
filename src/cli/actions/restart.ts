// What `volt restart` does.
import { openKvm } from '../../host/open-kvm.ts'
import type { Applied } from '../../run/apply-change.ts'
import { findVm } from '../../run/find-vm.ts'
import { restartVm } from '../../run/restart-vm.ts'
import { withProjectLock } from '../../state/project-lock.ts'
import type { Context } from '../context.ts'
import { lockOptions } from '../lock-options.ts'
import { createProgress } from '../progress.ts'
import { describeMissing } from '../render/resources.ts'

export interface RestartOptions {
  json?: true
  project?: string
}

export async function restart(context: Context, names: string[], options: RestartOptions): Promise<void> {
  const found = await Promise.all(names.map((name) => findVm(name, options.project, process.cwd())))
  const progress = createProgress(context, { silent: options.json === true })
  const { signal } = context.interruption
  const done: (Applied & { project: string })[] = []
  for (const vm of found) {
    const { project, name } = vm
    await context.interruption.guard(() =>
      withProjectLock(project, lockOptions(context, progress), () =>
        progress.stage(`Restart ${name}`, async (stage) => {
          const kvm = await openKvm()
          try {
            const result = await restartVm(vm, kvm, signal)
            stage.title(`${name} ${result.action}, pid ${result.pid}`)
            const unlimited = result.limits && describeMissing(result.limits)
            if (unlimited !== undefined) stage.detail(unlimited)
            done.push({ project: project.name, ...result })
          } finally {
            await kvm.close()
          }
        }),
      ),
    )
  }
  if (options.json) await context.stdout.line(JSON.stringify({ formatVersion: 1, vms: done }))
}
