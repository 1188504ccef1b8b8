// Warnings about a kernel that does not fit: in every format, before anything runs, and without effect on the exit code.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { buildBzImage } from '../kernel/support/build-bzimage.ts'
import { configText } from '../kernel/support/kernel-config.ts'
import { suite } from '../suite.ts'
import { AMD_FACTS, makeWorkplace, type Workplace } from './volt.ts'

const test = suite('warnings about kernels')
const MESSAGE = 'no CONFIG_X86_MPPARSE and the manifest turns ACPI off: the guest will see 1 of 4 vCPUs'
let place: Workplace

test.before(async () => {
  place = await makeWorkplace({
    'vm.yaml': `apiVersion: volt/v1
kind: MicroVM
metadata: { name: cloud }
kernel: { image: ./vmlinuz }
vcpus: 4
firmware: { acpi: false }
`,
    'config-6.1.0-1-amd64': configText(),
  })
  await writeFile(join(place.directory, 'vmlinuz'), buildBzImage())
})
test.after(() => place.remove())

const validate = (format: string) => place.volt('validate', '--format', format, 'vm.yaml')

test('validate shows them with their place and ends with 0', async () => {
  const { code, stdout, stderr } = await validate('human')
  assert.is(code, 0, stderr)
  assert.match(stderr, 'warning[V301]: this kernel has ' + MESSAGE)
  assert.match(stderr, 'vm.yaml:6:19')
  assert.match(stderr, 'config-6.1.0-1-amd64 says so')
  assert.match(stdout, 'vm.yaml: valid, 1 machine')
})

test('validate --format json, github and sarif have them as warnings', async () => {
  const { code, stdout } = await validate('json')
  const report = JSON.parse(stdout) as { valid: boolean; diagnostics: { code: string; severity: string }[] }
  assert.equal([code, report.valid], [0, true])
  assert.equal(report.diagnostics.map((one) => [one.code, one.severity]), [['V301', 'warning']]) // prettier-ignore
  const github = await validate('github')
  assert.is(github.code, 0)
  assert.match(github.stdout, /^::warning file=vm\.yaml,line=6,col=19,.*V301/)
  const sarif = await validate('sarif')
  assert.is(sarif.code, 0)
  const { runs } = JSON.parse(sarif.stdout) as { runs: { results: { ruleId: string; level: string }[] }[] }
  assert.equal(runs[0]?.results.map(({ ruleId, level }) => [ruleId, level]), [['V301', 'warning']]) // prettier-ignore
})

test('plan says them on stderr, and its JSON stays JSON', async () => {
  const { code, stdout, stderr } = await place.volt('plan', '--json', '--host-facts', AMD_FACTS, 'vm.yaml')
  assert.is(code, 0, stderr)
  assert.match(stderr, MESSAGE)
  assert.is((JSON.parse(stdout) as { vms: unknown[] }).vms.length, 1)
})

test.run()
