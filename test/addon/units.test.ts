// The engine's unit tests, one test here a test case there.
// timeout: 900 s
import * as assert from 'uvu/assert'
import { suite } from '../suite.ts'
import { buildTests, runTests } from './doctest-run.ts'

const test = suite('engine units')

buildTests('dev')
const run = runTests('dev')

const REASONS: Record<string, string> = {
  'devices/virtio/tap_backend': 'no tap can be made (/dev/net/tun, CAP_NET_ADMIN)',
  'devices/virtio/vhost_net_device: kernel': 'no vhost-net (/dev/vhost-net), or no tap: the lab has both',
  'devices/virtio/fs_device: virtiofsd': 'no virtiofsd that this user may run (qemu-system-common, root)',
  'vmm/segment bridge': 'no tap can be made (/dev/net/tun, CAP_NET_ADMIN)',
}
const reasonToSkip = (suite: string) => REASONS[suite] ?? '/dev/kvm cannot be opened'

for (const { suite: name, name: title, outcome, details } of run.cases) {
  test.skipIf(outcome === 'skipped' && reasonToSkip(name), `${name}: ${title}`, () => {
    assert.is(outcome, 'passed', details)
  })
}

test('the run reports test cases and ends with success', () => {
  assert.ok(run.cases.length > 50, `only ${run.cases.length} test cases`)
  assert.is(run.status, 0, run.stderr)
})

test.run()
