// What `volt doctor` says with and without KVM.
import * as assert from 'uvu/assert'
import type { HostFacts } from '../../src/plan/host-facts.gen.ts'
import { suite } from '../suite.ts'
import { whyNoMachines } from '../vm/kvm.ts'
import { helloManifest, makeWorkplace, type Ended, type Workplace } from './volt.ts'

const test = suite('command line: doctor')
const skip = whyNoMachines()
let place: Workplace

test.before(async () => {
  place = await makeWorkplace({ 'vm.yaml': helloManifest({ vcpus: 3 }) })
})
test.after(() => place.remove())

function withoutKvm(...args: string[]): Promise<Ended> {
  return place.finish(place.start(args, { env: { VOLT_KVM: '/nonexistent/kvm' } }))
}

test('ends with 4 and says what to load where there is no KVM', async () => {
  const { code, stdout, stderr } = await withoutKvm('doctor')
  assert.is(code, 4)
  assert.is(stderr, '')
  assert.match(stdout, '✖ device    /nonexistent/kvm does not exist\n  = help: load the module')
  for (const line of stdout.split('\n')) assert.ok(line.length <= 80, line)
  assert.match(stdout, 'This machine cannot run VMs yet.\n')
})

test('ends with 4 for the facts of a machine without KVM', async () => {
  const { code, stdout, stderr } = await withoutKvm('doctor', '--facts')
  assert.is(code, 4)
  assert.is(stdout, '')
  assert.match(stderr, 'error[KVM_MISSING]')
})

test('looks for the programs of some devices, without which others run', async () => {
  const env = { PATH: '/nowhere', VOLT_VIRTIOFSD: '/nowhere/virtiofsd' }
  const { stdout } = await place.finish(place.start(['doctor'], { env }))
  assert.match(
    stdout,
    '- passt     a user network needs passt, which is not installed\n  = help: install the package passt',
  )
  assert.match(stdout, '- virtiofsd a share needs virtiofsd, and /nowhere/virtiofsd')
  const { stdout: json } = await place.finish(place.start(['doctor', '--json'], { env }))
  const { checks, usable } = JSON.parse(json) as { checks: { name: string; state: string }[]; usable: boolean }
  assert.equal(checks.map(({ name }) => name).slice(-5), ['cgroup', 'passt', 'dnsmasq', 'virtiofsd', 'xorriso'])
  assert.is(checks.find(({ name }) => name === 'passt')?.state, 'absent')
  assert.is(usable, skip === false)
})

test.skipIf(skip, 'tells the KVM API, its limits and how kernel mode runs', async () => {
  const { code, stdout } = await place.volt('doctor')
  assert.is(code, 0, stdout)
  assert.match(stdout, '✔ device    /dev/kvm opens\n')
  assert.match(stdout, '✔ kvm       API version 12\n')
  assert.match(stdout, /vCPUs at most, \d+ recommended/)
  assert.match(stdout, /^[✔!] execution /m)
  assert.match(stdout, /^ +\d+ capabilities$/m)
})

test.skipIf(skip, 'gives JSON that agrees with the facts', async () => {
  const { code, stdout } = await place.volt('doctor', '--json')
  assert.is(code, 0)
  const found = JSON.parse(stdout) as { usable: boolean; facts: HostFacts; execution: { kernelMode: string } }
  assert.is(found.usable, true)
  const facts = JSON.parse((await place.volt('doctor', '--facts')).stdout) as HostFacts
  assert.equal([found.facts.kvm, found.facts.cpu], [facts.kvm, facts.cpu])
  // Registers may differ: KVM reports the APIC id of the processor it was asked on.
  assert.equal(
    found.facts.cpuid.map(({ leaf, subleaf }) => [leaf, subleaf]),
    facts.cpuid.map(({ leaf, subleaf }) => [leaf, subleaf]),
  )
  assert.ok(['native', 'emulated'].includes(found.execution.kernelMode))
})

test.skipIf(skip, 'prints facts from which another machine plans the same', async () => {
  await place.write('facts.json', (await place.volt('doctor', '--facts')).stdout)
  const here = await place.volt('plan', '--json', 'vm.yaml')
  const there = await withoutKvm('plan', '--json', '--host-facts', 'facts.json', 'vm.yaml')
  assert.is(there.code, 0, there.stderr)
  assert.is(there.stdout, here.stdout)
})

test.run()
