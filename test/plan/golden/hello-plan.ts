// The golden plan: `builtin:hello` with 4 vCPUs on a host whose facts are a fixture.
//   npx tsx test/plan/golden/hello-plan.ts --write     writes it anew, after a change of the compiler that is meant
import { writeFileSync } from 'node:fs'
import { compile } from '../../../src/plan/compile.ts'
import { planDigest } from '../../../src/plan/digest.ts'
import { formatPlanFile } from '../../../src/plan/plan-file.ts'
import { hostFacts } from '../support/host-facts.ts'
import { helloImage, machineSpec } from '../support/images.ts'

export const GOLDEN_FILE = new URL('hello-4-vcpus.json', import.meta.url)

/** What the compiler makes today of what the golden file was made of. */
export function helloPlanFile(): string {
  const spec = machineSpec(4, { name: 'hello' })
  spec.kernel.image = 'builtin:hello'
  const result = compile({ spec, kernel: helloImage(), host: hostFacts('amd-epyc-svm-lab') })
  if (!result.ok) throw new Error(result.problems.map(({ message }) => message).join('\n'))
  return formatPlanFile({
    formatVersion: 1,
    digest: planDigest(result.plan),
    sources: { kernel: 'builtin:hello' },
    plan: result.plan,
  })
}

if (process.argv[1] === import.meta.filename && process.argv.includes('--write'))
  writeFileSync(GOLDEN_FILE, helloPlanFile())
