// Which files of the store machines were started with, and start with again.
import { existsSync } from 'node:fs'
import { allProjects, vmNames } from '../state/project.ts'
import { vmFiles } from '../state/vm-files.ts'
import { VoltError } from '../volt-error.ts'
import { readSavedPlan } from './runnable-vm.ts'

/** Digests of the kernels and initrds of every machine that Volt knows. Throws STATE_INVALID where one cannot be told. */
export async function digestsInUse(): Promise<Set<string>> {
  const digests = new Set<string>()
  for (const project of await allProjects()) {
    for (const name of await vmNames(project)) {
      const { plan: path } = vmFiles(project, name)
      const { plan } = await readSavedPlan(path)
      for (const { sha256 } of plan?.files ?? []) digests.add(sha256)
      if (plan !== undefined || !existsSync(path)) continue
      const hint = `apply the machine again, or destroy it: volt destroy ${name} --project ${project.name}`
      throw new VoltError('STATE_INVALID', `${path} is damaged, so it cannot be told what ${name} uses`, { hint })
    }
  }
  return digests
}
