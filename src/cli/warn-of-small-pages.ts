// Says where machines that ask for transparent huge pages get none, which is no error: they are a wish.
import { transparentRefusal } from '../host/huge-pages.ts'
import type { RunnableVm } from '../run/runnable-vm.ts'
import type { Context } from './context.ts'

export async function warnOfSmallPages(vms: readonly RunnableVm[], { stderr, json }: Context): Promise<void> {
  for (const { name, plan, life } of json ? [] : vms) {
    if (life?.hugePages !== 'transparent') continue
    const refusal = await transparentRefusal(plan.sharedMemory === true)
    if (refusal === undefined) continue
    await stderr.line(`${stderr.style.yellow('warning')}: ${name}: no transparent huge pages: ${refusal}`)
  }
}
