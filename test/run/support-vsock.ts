// Plans with a vsock whose socket is where a test wants it.
import { compile } from '../../src/plan/compile.ts'
import { planDigest } from '../../src/plan/digest.ts'
import type { RunnableVm } from '../../src/run/runnable-vm.ts'
import { hostFacts } from '../plan/support/host-facts.ts'
import { elfImage, machineSpec } from '../plan/support/images.ts'

/** `source` is that of the socket: a path, or `state:vsock.sock`. */
export function vmWithVsock(source: string, cid = 7, name = 'web'): RunnableVm {
  const spec = machineSpec(1, { name, vsock: { cid } })
  const result = compile({ spec, kernel: elfImage(), host: hostFacts('amd-epyc-pvm') })
  if (!result.ok) throw new Error(result.problems.map(({ message }) => message).join('\n'))
  const sources = { kernel: '/k', 'vsock-listener': source }
  return { name, plan: result.plan, digest: planDigest(result.plan), sources, files: new Map() }
}
