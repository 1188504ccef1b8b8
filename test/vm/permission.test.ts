// What a user without access to KVM is told, and can still do.
import { chmod, mkdtemp, rm, stat } from 'node:fs/promises'
import { existsSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { AMD_FACTS, helloManifest, makeWorkplace, type Ended, type Workplace } from '../cli/volt.ts'
import { suite } from '../suite.ts'
import { whyNoMachines } from './kvm.ts'

const test = suite('an ordinary user outside the group kvm')
const NOBODY = '65534'

function whyNot(): string | false {
  if (process.getuid?.() !== 0) return 'only root can become another user'
  if (!existsSync('/usr/bin/setpriv')) return 'setpriv(1) is not installed'
  const reason = whyNoMachines()
  if (reason !== false) return reason
  return (statSync('/dev/kvm').mode & 0o006) === 0 ? false : '/dev/kvm is open to everyone here'
}

const skip = whyNot()
let place: Workplace
let state: string

test.before(async () => {
  place = await makeWorkplace({ 'vm.yaml': helloManifest() })
  await chmod(join(place.directory, '..'), 0o755)
  state = await mkdtemp(join(tmpdir(), 'volt-nobody-'))
  await chmod(state, 0o777)
})
test.after(async () => {
  await place.remove()
  await rm(state, { recursive: true })
})

function asNobody(...args: string[]): Promise<Ended> {
  const wrapper = ['setpriv', '--reuid', NOBODY, '--regid', NOBODY, '--clear-groups']
  return place.finish(place.start(args, { wrapper, env: { XDG_STATE_HOME: state, HOME: state } }))
}

test.skipIf(skip, 'is told about the group by run and apply, which end with 4', async () => {
  for (const command of ['run', 'apply']) {
    const { code, stdout, stderr } = await asNobody(command, 'vm.yaml')
    assert.is(code, 4, stderr)
    assert.is(stdout, '')
    assert.match(stderr, 'error[KVM_PERMISSION]: no permission to open /dev/kvm')
    assert.match(stderr, 'usermod -aG kvm')
    assert.not.match(stderr, /^\s+at /m)
  }
})

test.skipIf(skip, 'is told the same by doctor, with the rest of the checks', async () => {
  const { code, stdout } = await asNobody('doctor', '--json')
  assert.is(code, 4)
  const found = JSON.parse(stdout) as { usable: boolean; checks: { name: string; state: string; code?: string }[] }
  assert.is(found.usable, false)
  assert.equal(
    found.checks.slice(0, 4).map((check) => [check.name, check.state, check.code]),
    [
      ['build', 'ok', undefined],
      ['device', 'failed', 'KVM_PERMISSION'],
      ['kvm', 'skipped', undefined],
      ['execution', 'skipped', undefined],
    ],
  )
})

test.skipIf(skip, 'can validate and plan', async () => {
  assert.is((await asNobody('validate', 'vm.yaml')).code, 0)
  assert.is((await asNobody('plan', '--host-facts', AMD_FACTS, 'vm.yaml')).code, 0)
  assert.not.ok(await stat(join(state, 'volt')).catch(() => undefined))
})

test.run()
