// Waits for several machines at once; of one that does not become ready it shows what its guest wrote last.
import type { FoundVm } from '../run/find-vm.ts'
import type { Goal } from '../run/goals.ts'
import { consoleTail, waitFor } from '../run/wait-for.ts'
import type { VmState } from '../state/vm-state.ts'
import { VoltError } from '../volt-error.ts'
import type { Context } from './context.ts'
import { printable } from './render/display-text.ts'

/** Their states, in the same order. Throws what waitFor() throws of the first that fails. */
export async function waitForAll(
  context: Context,
  vms: readonly FoundVm[],
  goal: Goal,
  timeoutMs?: number,
): Promise<VmState[]> {
  const { interruption, stderr, json } = context
  const { signal } = interruption
  const one = async (vm: FoundVm): Promise<VmState> => {
    try {
      return await waitFor(vm, goal, { signal, ...(timeoutMs !== undefined && { timeoutMs }) })
    } catch (error) {
      const isUnready = error instanceof VoltError && ['NOT_READY', 'NOT_RUNNING'].includes(error.code)
      const lines = isUnready && !json ? await consoleTail(vm) : []
      if (lines.length > 0) await stderr.line(`${vm.name} wrote last:`)
      for (const line of lines) await stderr.line(stderr.style.dim(`  ${printable(line)}`))
      throw error
    }
  }
  return interruption.guard(() => Promise.all(vms.map(one)))
}
