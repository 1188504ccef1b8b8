// What `volt pause` and `volt resume` do.
import { askVmm } from '../../run/ask-vmm.ts'
import type { PauseVerb } from '../../run/control-protocol.ts'
import { findVm } from '../../run/find-vm.ts'
import { requireRunning } from '../../run/running-vm.ts'
import type { Context } from '../context.ts'
import { withDone } from '../with-done.ts'

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
  for (const [index, { name, files }] of running.entries()) {
    await askVmm(files.control, { request: verb }).catch((error: unknown) => {
      throw withDone(error, names.slice(0, index))
    })
    if (!options.json) await context.stderr.line(`${name}: ${state}`)
  }
  const vms = found.map(({ project, name }) => ({ project: project.name, name, state }))
  if (options.json) await context.stdout.line(JSON.stringify({ formatVersion: 1, vms }))
}
