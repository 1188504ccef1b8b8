// What `volt export nomad` does.
import { join } from 'node:path'
import { exportName } from '../../export/exported-machine.ts'
import { nomadExport, type NomadOptions } from '../../export/nomad/job.ts'
import { VoltError } from '../../volt-error.ts'
import type { Context } from '../context.ts'
import { exportMachines, type Exported, type ExportOptions } from '../export-machines.ts'
import { imageFilesIn, isDockerfile } from './export-kubernetes.ts'

export type NomadCommandOptions = ExportOptions & NomadOptions

export async function exportNomad(context: Context, file: string, options: NomadCommandOptions): Promise<void> {
  if (options.driver === 'docker' && options.image === undefined) {
    throw new VoltError('USAGE', '--driver docker takes an --image')
  }
  await exportMachines(context, file, options, (machines, directory) => {
    const files = new Map<string, string>()
    const notes: Exported['notes'] = []
    const vms = machines.map((machine) => {
      const made = nomadExport(machine, options)
      const path = join(directory, `${exportName(machine)}.nomad.json`)
      files.set(path, `${JSON.stringify(made.job, null, 2)}\n`)
      notes.push(...made.notes.map((note) => ({ vm: machine.vm.name, note })))
      return { name: machine.vm.name, job: path }
    })
    const inImage = options.driver === 'docker' ? machines : []
    const image = imageFilesIn(join(directory, 'image'), inImage, new Map())
    const shown = [...vms.map(({ job }) => job), ...[...image.files.keys()].filter(isDockerfile)]
    return { files: new Map([...files, ...image.files]), copies: image.copies, vms, shown, notes }
  })
}
