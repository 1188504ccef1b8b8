// The layers of a running machine's sandbox, as rows.
import type { Sandbox } from '../../state/read-sandbox.ts'

export function describeSandbox(sandbox: Sandbox): string[][] {
  if (sandbox.mode === 'off') return [['sandbox', 'off']]
  const { mode, jail, layers, landlockAbi, seccompSyscalls, missing } = sandbox
  const detailed = layers.map((layer) => {
    if (layer === 'landlock' && landlockAbi !== undefined) return `landlock (ABI ${landlockAbi})`
    if (layer !== 'seccomp' || seccompSyscalls === undefined) return layer
    const { main, device, vcpu } = seccompSyscalls
    return `seccomp (${main} system calls, devices ${device}, vCPUs ${vcpu})`
  })
  return [
    ['sandbox', `${mode}: ${detailed.join(', ')}`],
    ['namespaces', jail.join(', ') || 'those of the host'],
    ...missing.map(({ layer, reason }) => ['missing', `${layer}: ${reason}`]),
  ]
}
