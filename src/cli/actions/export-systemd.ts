// What `volt export systemd` does.
import { join } from 'node:path'
import { exportName, seedNotes } from '../../export/exported-machine.ts'
import { stopSeconds } from '../../export/stop-time.ts'
import { systemdUnit } from '../../export/systemd-unit.ts'
import { COMMAND_FILE } from '../../host/built-files.ts'
import { planFileText } from '../../run/runnable-vm.ts'
import type { Context } from '../context.ts'
import { exportMachines, type ExportOptions } from '../export-machines.ts'

export async function exportSystemd(context: Context, file: string, options: ExportOptions): Promise<void> {
  await exportMachines(context, file, options, (machines, directory) => {
    const files = new Map<string, string>()
    const vms = machines.map((machine) => {
      const { project, vm } = machine
      const unit = join(directory, `${exportName(machine)}.service`)
      const plan = join(directory, `${exportName(machine)}.plan.json`)
      const volt = [process.execPath, COMMAND_FILE]
      files.set(plan, planFileText(vm))
      files.set(unit, systemdUnit({ project, vm: vm.name, volt, planFile: plan, stopSeconds: stopSeconds(vm) }))
      return { name: vm.name, unit, plan }
    })
    const notes = machines.flatMap(({ vm }) => seedNotes(vm).map((note) => ({ vm: vm.name, note })))
    return { files, vms, shown: vms.map(({ unit }) => unit), notes }
  })
}
