// What `volt export k8s` does.
import { basename, join } from 'node:path'
import { imagePath } from '../../export/container-paths.ts'
import { exportName, type ExportedMachine } from '../../export/exported-machine.ts'
import { imageContext } from '../../export/image-context.ts'
import { kubernetesExport, objectsText, type KubernetesOptions } from '../../export/kubernetes/objects.ts'
import type { Context } from '../context.ts'
import { exportMachines, type Exported, type ExportOptions } from '../export-machines.ts'
import { packageVersion } from '../package-version.ts'

export type KubernetesCommandOptions = ExportOptions & KubernetesOptions

export async function exportKubernetes(
  context: Context,
  file: string,
  options: KubernetesCommandOptions,
): Promise<void> {
  await exportMachines(context, file, options, (machines, directory) => {
    const texts = new Map<string, string>()
    const plans = new Map<string, string>()
    const notes: Exported['notes'] = []
    const vms = machines.map((machine) => {
      const made = kubernetesExport(machine, options)
      const path = join(directory, `${exportName(machine)}.yaml`)
      texts.set(path, objectsText(made.objects))
      if (made.plan !== undefined && made.planPath !== undefined) plans.set(basename(made.planPath), made.plan)
      notes.push(...made.notes.map((note) => ({ vm: machine.vm.name, note })))
      return { name: machine.vm.name, manifest: path }
    })
    const image = imageFilesIn(join(directory, 'image'), machines, plans)
    const shown = [...vms.map(({ manifest }) => manifest), ...[...image.files.keys()].filter(isDockerfile)]
    return { files: new Map([...texts, ...image.files]), copies: image.copies, vms, shown, notes }
  })
}

/** The context of the image that the machines run in; nothing where Volt's own has all there is to it. */
export function imageFilesIn(
  directory: string,
  machines: readonly ExportedMachine[],
  plans: ReadonlyMap<string, string>,
): Required<Pick<Exported, 'files' | 'copies'>> {
  const image = imageContext(machines, packageVersion(), plans.size > 0)
  if (image === undefined) return { files: new Map(), copies: new Map() }
  const texts = [...plans].map(([name, text]) => [join(directory, 'plans', name), text] as const)
  const copies = image.files.map(
    ({ sha256, hostPath }) => [join(directory, 'files', basename(imagePath(sha256))), hostPath] as const,
  )
  return { files: new Map([[join(directory, 'Dockerfile'), image.dockerfile], ...texts]), copies: new Map(copies) }
}

export function isDockerfile(path: string): boolean {
  return basename(path) === 'Dockerfile'
}
