// What apply would do with the machines of a file, and with those that left it.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { vmNames } from '../state/project.ts'
import type { Project } from '../state/project-name.ts'
import { readStatus, type VmStatus } from '../state/vm-state.ts'
import { decideChange, type Change } from './decide-change.ts'
import type { RunnableVm } from './runnable-vm.ts'

export interface Step {
  vm: RunnableVm
  status: VmStatus
  change: Change
}

/** A machine that was applied from a file and is in it no more. */
export interface LeftVm {
  name: string
  status: VmStatus
  why: string
}

export interface ProjectPlan {
  /** In the order of the file. */
  steps: Step[]
  left: LeftVm[]
}

export interface PlanRequest {
  project: Project
  /** Of the project's files. */
  directory: string
  vms: readonly RunnableVm[]
  /** Name of the file that declares these machines and no others; absent where they are not all, or of no file. */
  file?: string
}

/** Throws STATE_INVALID. */
export async function planProject({ project, directory, vms, file }: PlanRequest): Promise<ProjectPlan> {
  const steps = await Promise.all(
    vms.map(async (vm) => {
      const status = await readStatus(project, vm.name)
      return { vm, status, change: await decideChange(vm, status) }
    }),
  )
  return { steps, left: file === undefined ? [] : await leftVms(project, directory, vms, file) }
}

async function leftVms(
  project: Project,
  directory: string,
  vms: readonly RunnableVm[],
  file: string,
): Promise<LeftVm[]> {
  const others = (await vmNames(project)).filter((name) => !vms.some((vm) => vm.name === name))
  const found = await Promise.all(
    others.map(async (name): Promise<LeftVm[]> => {
      const status = await readStatus(project, name)
      const from = status.record?.file
      if (from === undefined) return []
      if (from === file) return [{ name, status, why: `${file} does not declare it any more` }]
      return existsSync(join(directory, from)) ? [] : [{ name, status, why: `its file ${from} is gone` }]
    }),
  )
  return found.flat()
}

/** Names of machines that this one, as it runs, was started after. */
export function dependenciesOf({ record }: Pick<VmStatus, 'record'>): string[] {
  return (record?.manifest as { dependsOn?: string[] } | null | undefined)?.dependsOn ?? []
}
