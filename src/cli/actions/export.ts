// What `volt export systemd` does.
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { projectFor } from '../../run/find-vm.ts'
import { stopTimeoutOf } from '../../run/power-off.ts'
import { planFileText, type RunnableVm } from '../../run/runnable-vm.ts'
import { systemdUnit, unitName } from '../../run/systemd-unit.ts'
import { writeAtomic } from '../../state/write-atomic.ts'
import { VoltError } from '../../volt-error.ts'
import { withCompiled } from '../compile-input.ts'
import type { Context } from '../context.ts'
import { createProgress } from '../progress.ts'

export interface ExportOptions {
  output: string
  vm?: string
  json?: true
  project?: string
}

interface Exported {
  name: string
  unit: string
  plan: string
}

const MAIN = fileURLToPath(new URL('../main.js', import.meta.url))
/** As the umask lets: systemd reads the unit, and anybody may. */
const MODE = 0o666

export async function exportSystemd(context: Context, file: string, options: ExportOptions): Promise<void> {
  const progress = createProgress(context, { silent: options.json === true })
  const only = options.vm === undefined ? {} : { only: options.vm }
  await withCompiled(context, progress, file, { figures: false, ...only }, async ({ input, vms }) => {
    const { name: project } = projectFor(input.directory, options.project)
    const directory = resolve(options.output)
    const exported: Exported[] = []
    for (const vm of vms) exported.push(await write(directory, project, vm))
    if (options.json) await context.stdout.line(JSON.stringify({ formatVersion: 1, project, vms: exported }))
    else for (const { unit } of exported) await context.stdout.line(unit)
  })
}

/** Throws FILE_UNWRITABLE. */
async function write(directory: string, project: string, vm: RunnableVm): Promise<Exported> {
  const unit = join(directory, `${unitName(project, vm.name)}.service`)
  const planFile = join(directory, `${unitName(project, vm.name)}.plan.json`)
  const stopTimeoutMs = stopTimeoutOf(vm)
  const text = systemdUnit({ project, vm: vm.name, volt: [process.execPath, MAIN], planFile, stopTimeoutMs })
  try {
    await mkdir(directory, { recursive: true })
    await writeAtomic(planFile, planFileText(vm), MODE)
    await writeAtomic(unit, text, MODE)
  } catch (cause) {
    throw new VoltError('FILE_UNWRITABLE', `cannot write to ${directory}: ${(cause as Error).message}`, { cause })
  }
  return { name: vm.name, unit, plan: planFile }
}
