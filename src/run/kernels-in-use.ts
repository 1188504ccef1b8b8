// Which files of the store machines were started with, and start with again.
import { existsSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { allProjects, vmNames } from '../state/project.ts'
import { vmFiles } from '../state/vm-files.ts'
import { userStore } from '../store/store-place.ts'
import { VoltError } from '../volt-error.ts'
import { readSavedPlan } from './runnable-vm.ts'

/** Digests of the kernels and initrds of every machine that Volt knows, and names of its disks that Volt made. Throws STATE_INVALID where one cannot be told. */
export async function digestsInUse(): Promise<Set<string>> {
  const digests = new Set<string>()
  const { disks } = userStore()
  for (const project of await allProjects()) {
    for (const name of await vmNames(project)) {
      const { plan: path } = vmFiles(project, name)
      const { plan, sources } = await readSavedPlan(path)
      for (const { sha256 } of plan?.files ?? []) digests.add(sha256)
      for (const source of Object.values(sources ?? {})) if (dirname(source) === disks) digests.add(basename(source))
      if (plan !== undefined || !existsSync(path)) continue
      const hint = `apply the machine again, or destroy it: volt destroy ${name} --project ${project.name}`
      throw new VoltError('STATE_INVALID', `${path} is damaged, so it cannot be told what ${name} uses`, { hint })
    }
  }
  return digests
}
