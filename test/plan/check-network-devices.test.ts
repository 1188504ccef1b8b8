// Network devices of plans that were edited by hand: each fault and where it stands.
import * as assert from 'uvu/assert'
import type { BootPlan, VirtioNet } from '../../src/plan/boot-plan.gen.ts'
import { compile } from '../../src/plan/compile.ts'
import { planDigest } from '../../src/plan/digest.ts'
import { formatPlanFile, parsePlanFile } from '../../src/plan/plan-file.ts'
import { suite } from '../suite.ts'
import { hostFacts } from './support/host-facts.ts'
import { elfImage, machineSpec, networkSpec } from './support/images.ts'

const test = suite('network devices of an edited plan')

const spec = machineSpec(1, {
  networks: [networkSpec('lan', { queues: 2 }), networkSpec('out', { user: { ports: [] } })],
})
const SOURCES = { kernel: '/k', 'net-lan': 'tap:lan', 'queue1-lan': 'tap:lan', 'net-out': 'user:' }

function refusal(edit: (lan: VirtioNet, out: VirtioNet, plan: BootPlan) => unknown): string {
  const result = compile({ spec, kernel: elfImage(), disks: [], host: hostFacts('amd-epyc-pvm') })
  if (!result.ok) throw new Error('the plan does not compile')
  const { plan } = result
  // Devices 0 and 1 are com1 and i8042.
  edit(plan.devices[2] as VirtioNet, plan.devices[3] as VirtioNet, plan)
  try {
    parsePlanFile(formatPlanFile({ formatVersion: 1, digest: planDigest(plan), sources: SOURCES, plan }))
    return 'accepted'
  } catch (error) {
    return (error as Error).message
  }
}

test('as compiled it is read back', () => {
  assert.is(refusal(() => undefined), 'accepted') // prettier-ignore
})

for (const [what, expected, edit] of [
  ['a backend twice', '/plan/devices/3/backends/0 repeats net-lan', (_, out) => (out.backends = ['net-lan'])],
  ['a backend that is a file', '/plan/devices/3/backends/0 repeats kernel', (_, out) => (out.backends = ['kernel'])],
  ['a stream of two', '/plan/devices/3/backends has more than one', (_, out) => (out.backends = ['net-out', 'more'])],
  ['no backend', '/plan/devices/3/backends must NOT have fewer', (_, out) => (out.backends = [])],
  ['the address of no card', '/plan/devices/2/mac belongs to no card', (lan) => (lan.mac = '00:00:00:00:00:00')],
  ['a group address', '/plan/devices/2/mac', (lan) => (lan.mac = '01:00:00:00:00:00')],
  ['a frame that is too small', '/plan/devices/2/mtu', (lan) => (lan.mtu = 67)],
  ['another transport', '/plan/devices/2/transport', (lan) => Object.assign(lan, { transport: 'slirp' })],
  [
    'vhost of a stream',
    '/plan/devices/3/vhost needs a tap',
    (_, out) => Object.assign(out, { vhost: ['v'], preventSpoofing: false }),
  ],
  [
    'vhost of one queue of two',
    '/plan/devices/2/vhost does not have a descriptor for each',
    (lan) => (lan.vhost = ['v']),
  ],
  [
    'vhost that looks at addresses',
    '/plan/devices/2/vhost does not go with preventSpoofing',
    (lan) => (lan.vhost = ['v', 'w']),
  ],
  [
    'vhost with a limit',
    '/plan/devices/2/vhost does not go with rateLimit',
    (lan) => Object.assign(lan, { vhost: ['v', 'w'], rateLimit: {} }),
  ],
  ['a vhost that is a backend', '/plan/devices/2/vhost/1 repeats net-lan', (lan) => (lan.vhost = ['v', 'net-lan'])],
  ["another's interrupt", '/plan/devices/3/gsi repeats', (lan, out) => (out.gsi = lan.gsi)],
] as [string, string, (lan: VirtioNet, out: VirtioNet, plan: BootPlan) => unknown][]) {
  test(`refuses ${what} and says where`, () => {
    const message = refusal(edit)
    assert.ok(message.includes(expected), message)
  })
}

test.run()
