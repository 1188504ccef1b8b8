// Limits of machines in the lab's own cgroupfs: in force, changed live, and no cgroup left over, whatever is killed.
// timeout: 1500 s
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import * as assert from 'uvu/assert'
import { suite } from '../suite.ts'
import { missingLab } from './missing-lab.ts'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const LAB_TIMEOUT_S = 1200
const test = suite('lab: limits')

test.skipIf(missingLab('prepare'), 'limits are in force in a cgroup that goes with its machine', () => {
  const { status, stdout, stderr } = spawnSync(at('run'), [process.execPath, '--import', 'tsx', at('limits-job.ts')], {
    cwd: at('../..'),
    encoding: 'utf8',
    env: { ...process.env, VOLT_LAB_TIMEOUT: String(LAB_TIMEOUT_S) },
  })
  console.log(stdout.trimEnd())
  assert.is(status, 0, `${stdout}\n${stderr}`)
  assert.match(stdout, /^all shown$/m)
})

test.run()
