// The network device on the lab's own vhost-net, with a driver of the test's.
// timeout: 900 s
import * as assert from 'uvu/assert'
import { fileURLToPath } from 'node:url'
import { buildTests, runTests } from '../addon/doctest-run.ts'
import { suite } from '../suite.ts'
import { missingLab } from './missing-lab.ts'

const run = fileURLToPath(new URL('run', import.meta.url))
const SUITE = 'devices/virtio/vhost_net_device: kernel'
const test = suite('lab: vhost-net')

test.skipIf(missingLab('prepare'), "the kernel's vhost-net serves, stops, and is served again", () => {
  buildTests('dev')
  const { cases, status, stderr } = runTests('dev', [SUITE], {}, run)
  assert.is(cases.length, 3, stderr)
  for (const { name, outcome, details } of cases) assert.is(outcome, 'passed', `${name}: ${details}`)
  assert.is(status, 0, stderr)
})

test.run()
