// What `volt pause` and `volt resume` do.
import { askVmm } from '../../run/ask-vmm.ts'
import type { PauseVerb } from '../../run/control-protocol.ts'
import { findVm } from '../../run/find-vm.ts'
import { requireRunning } from '../../run/running-vm.ts'
import type { Context } from '../context.ts'

export interface PauseOptions {
  json?: true
  project?: string
}

const STATE_AFTER = { pause: 'paused', resume: 'running' } as const

/** One that is so already is no failure. Nothing is done where one of them is not known or does not run. */
export async function pauseOrResume(
  context: Context,
  verb: PauseVerb,
  names: string[],
  options: PauseOptions,
): Promise<void> {
  const state = STATE_AFTER[verb]
  const found = await Promise.all(names.map((name) => findVm(name, options.project, process.cwd())))
  const running = await Promise.all(found.map(async (vm) => ({ ...vm, ...(await requireRunning(vm)) })))
  for (const { name, files } of running) {
    await askVmm(files.control, { request: verb })
    if (!options.json) await context.stderr.line(`${name}: ${state}`)
  }
  const vms = found.map(({ project, name }) => ({ project: project.name, name, state }))
  if (options.json) await context.stdout.line(JSON.stringify({ formatVersion: 1, vms }))
}
