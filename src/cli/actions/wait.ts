// What `volt wait` does.
import { findVm } from '../../run/find-vm.ts'
import type { Goal } from '../../run/goals.ts'
import { describeState } from '../../state/vm-state.ts'
import type { Context } from '../context.ts'
import { waitForAll } from '../wait-for-all.ts'

export interface WaitCommandOptions {
  for: Goal
  timeout?: number
  json?: true
  project?: string
}

export async function wait(context: Context, names: string[], options: WaitCommandOptions): Promise<void> {
  const found = await Promise.all(names.map((name) => findVm(name, options.project, process.cwd())))
  const states = await waitForAll(context, found, options.for, options.timeout)
  if (options.json) {
    const vms = found.map(({ project, name }, index) => ({ project: project.name, name, state: states[index]?.kind }))
    return context.stdout.line(JSON.stringify({ formatVersion: 1, vms }))
  }
  for (const [index, { name }] of found.entries()) {
    const state = states[index]
    const word = options.for === 'ready' || state === undefined ? 'ready' : describeState(state)
    await context.stderr.line(`${name}: ${word}`)
  }
}
