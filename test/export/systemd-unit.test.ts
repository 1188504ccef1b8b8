// Units that systemd accepts, and words that it takes as they are.
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { findProgram } from '../../src/host/find-program.ts'
import { systemdUnit } from '../../src/export/systemd-unit.ts'
import { suite } from '../suite.ts'

const test = suite('units for systemd')
const hasSystemd = (await findProgram('systemd-analyze')) !== undefined

const options = {
  project: 'lab',
  vm: 'web',
  volt: ['/usr/bin/node', '/opt/volt/main.js'],
  planFile: '/etc/systemd/system/volt-lab-web.plan.json',
  stopSeconds: 17,
}

test('names the machine, gives it the time that it has, and follows volt-vmm', () => {
  const unit = systemdUnit(options)
  assert.match(unit, 'Description=Volt machine web of project lab\n')
  assert.match(unit, 'Type=notify\n')
  assert.match(unit, 'TimeoutStopSec=17\n')
  assert.match(
    unit,
    'ExecStart=/usr/bin/node /opt/volt/main.js apply --yes --notify --project lab /etc/systemd/system/volt-lab-web.plan.json\n',
  )
  assert.match(unit, 'ExecStop=/usr/bin/node /opt/volt/main.js stop --project lab web\n')
})

test('what means something to systemd is escaped', () => {
  const unit = systemdUnit({ ...options, planFile: '/srv/100% of "it"/$HOME\\x;.json' })
  assert.match(unit, String.raw`--project lab "/srv/100%% of \"it\"/$$HOME\\x;.json"`)
})

test.skipIf(
  hasSystemd ? false : 'systemd-analyze is not installed',
  'systemd-analyze finds nothing to say',
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'volt-unit-'))
    try {
      const unit = join(directory, 'volt-lab-web.service')
      await writeFile(unit, systemdUnit({ ...options, planFile: '/srv/a b/100%.json' }))
      const said = execFileSync('systemd-analyze', ['verify', '--recursive-errors=no', unit], { encoding: 'utf8' })
      assert.is(said, '')
    } finally {
      await rm(directory, { recursive: true })
    }
  },
)

test.run()
