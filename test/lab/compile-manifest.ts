// The plan of a manifest for a given host, as `volt plan -o` would save it.
import { compile } from '../../src/plan/compile.ts'
import type { HostFacts } from '../../src/plan/host-facts.gen.ts'
import type { PlanEnvelope } from '../../src/plan/plan-file.ts'
import { loadVms } from '../../src/run/load-vms.ts'

/** The file must hold one VM that compiles. */
export async function compileManifest(file: string, host: HostFacts): Promise<Pick<PlanEnvelope, 'plan' | 'sources'>> {
  const { vms, diagnostics } = await loadVms(file)
  try {
    const [vm] = vms
    if (vm === undefined) throw new Error(diagnostics.map(({ message }) => message).join('; '))
    const { document, kernel, initrd } = vm
    const result = compile({
      spec: document.spec,
      kernel: kernel.image,
      host,
      ...(initrd !== undefined && { initrd: initrd.image }),
    })
    if (!result.ok) throw new Error(result.problems.map(({ message }) => message).join('; '))
    return {
      plan: result.plan,
      sources: { kernel: kernel.source, ...(initrd !== undefined && { initrd: initrd.source }) },
    }
  } finally {
    for (const vm of vms) await vm.close()
  }
}
