// `volt plan` end to end, on a machine without KVM.
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { PlanEnvelope } from '../../src/plan/plan-file.ts'
import { suite } from '../suite.ts'
import { AMD_FACTS, helloManifest, makeWorkplace, type Workplace } from './volt.ts'

const test = suite('command line: plan, on a machine without KVM')
let place: Workplace

/** No KVM and nothing built: host facts come from the file. */
async function plan(...args: string[]): ReturnType<Workplace['volt']> {
  return place.finish(
    place.start(['plan', '--host-facts', AMD_FACTS, ...args], { env: { VOLT_KVM: '/nonexistent/kvm' } }),
  )
}

interface PlanJson {
  formatVersion: number
  vms: { name: string; change: string; digest: string; plan: PlanEnvelope['plan'] }[]
}

test.before(async () => {
  const two = helloManifest({ name: 'one', vcpus: 4 }) + '---\n' + helloManifest({ name: 'two' })
  place = await makeWorkplace({ 'vm.yaml': helloManifest({ vcpus: 4 }), 'two.yaml': two, 'bad.yaml': 'vcpus: no\n' })
})
test.after(() => place.remove())

test('shows the machine and what would change', async () => {
  const { code, stdout, stderr } = await plan('vm.yaml')
  assert.is(code, 0)
  assert.match(stdout, /^\+ hello would be started\n {4}new\n/)
  assert.match(stdout, 'MP table 284 bytes, 22 entries at 0x9fc00')
  assert.match(stdout, /^ {4}mptable\.config +0x9fc10 +268 bytes$/m)
  assert.match(stdout, /^ {4}0x9fc00 +0x9ffff +reserved$/m)
  assert.match(stdout, /^ {2}digest sha256:[0-9a-f]{64}$/m)
  assert.match(stdout, '1 machine: 1 to start\n')
  assert.match(stderr, '✔ Read vm.yaml: 1 machine\n')
})

test('is silent on stderr and gives one object under --json, for each VM', async () => {
  const { code, stdout, stderr } = await plan('--json', 'two.yaml')
  assert.is(code, 0)
  assert.is(stderr, '')
  const { formatVersion, vms } = JSON.parse(stdout) as PlanJson
  assert.is(formatVersion, 1)
  assert.equal(
    vms.map(({ name, change, plan: { vcpus } }) => [name, change, vcpus.length]),
    [
      ['one', 'start', 4],
      ['two', 'start', 1],
    ],
  )
})

test('gives the same digest everywhere, and another for another machine', async () => {
  const digest = async (...args: string[]) =>
    (JSON.parse((await plan('--json', ...args)).stdout) as PlanJson).vms[0]?.digest
  const first = await digest('vm.yaml')
  assert.is(await digest(join(place.directory, 'vm.yaml')), first)
  await place.write('other.yaml', helloManifest({ vcpus: 3 }))
  assert.is.not(await digest('other.yaml'), first)
})

test('ends with 2 under --detailed-exitcode when there are changes', async () => {
  assert.is((await plan('--detailed-exitcode', 'vm.yaml')).code, 2)
})

test('saves a plan that it reads again with the same digest', async () => {
  assert.is((await plan('-o', 'saved.json', 'vm.yaml')).code, 0)
  const saved = JSON.parse(await readFile(join(place.directory, 'saved.json'), 'utf8')) as PlanEnvelope
  assert.equal(saved.sources, { kernel: 'builtin:hello' })
  const { code, stdout } = await place.finish(
    place.start(['plan', '--json', 'saved.json'], { env: { VOLT_KVM: '/nonexistent/kvm' } }),
  )
  assert.is(code, 0)
  assert.is((JSON.parse(stdout) as PlanJson).vms[0]?.digest, saved.digest)
})

test('refuses a saved plan that was edited', async () => {
  await plan('-o', 'edited.json', 'vm.yaml')
  const path = join(place.directory, 'edited.json')
  await writeFile(path, (await readFile(path, 'utf8')).replace('"0x9fc00"', '"0x9fc20"'))
  const { code, stderr } = await place.volt('plan', 'edited.json')
  assert.is(code, 3)
  assert.match(stderr, 'error[PLAN_INVALID]')
})

test('ends with 7 for a saved plan whose kernel has changed since', async () => {
  const hello = await readFile(new URL('../../guests/hello/hello.elf', import.meta.url))
  await writeFile(join(place.directory, 'kernel'), hello)
  await place.write('own.yaml', helloManifest().replace('builtin:hello', './kernel'))
  assert.is((await plan('-o', 'own.json', 'own.yaml')).code, 0)
  assert.is((await plan('own.json')).code, 0)
  await writeFile(join(place.directory, 'kernel'), Buffer.concat([hello, Buffer.from('x')]))
  const { code, stderr } = await plan('own.json')
  assert.is(code, 7)
  assert.match(stderr, 'has changed since it was made')
})

test('saves one VM only, and says how to choose', async () => {
  const several = await plan('-o', 'x.json', 'two.yaml')
  assert.is(several.code, 64)
  assert.match(several.stderr, '--vm')
  assert.is((await plan('--vm', 'two', '-o', 'x.json', 'two.yaml')).code, 0)
  assert.ok((await stat(join(place.directory, 'x.json'))).size > 0)
})

test('saves over nothing but an older plan, and says how to apply it', async () => {
  const manifest = await place.write('ok.yaml', helloManifest())
  const other = await place.write('notes.txt', 'mine')
  for (const output of ['ok.yaml', './ok.yaml', 'notes.txt', '/dev/null']) {
    const { code, stderr } = await plan('-o', output, 'ok.yaml')
    assert.is(code, 64, output)
    assert.match(stderr, 'error[USAGE]')
  }
  assert.equal([await readFile(manifest, 'utf8'), await readFile(other, 'utf8')], [helloManifest(), 'mine'])
  for (const vcpus of [1, 2]) {
    await place.write('ok.yaml', helloManifest({ vcpus }))
    const { code, stderr } = await plan('-o', 'ok.json', 'ok.yaml')
    assert.is(code, 0, stderr)
    assert.match(stderr, 'volt apply ok.json')
  }
})

test('says before asking the host what it cannot do', async () => {
  for (const args of [
    ['-o', 'new.json', 'two.yaml'],
    ['--project', 'Not A Name', 'vm.yaml'],
  ]) {
    const { code, stderr } = await plan(...args)
    assert.is(code, 64)
    assert.not.match(stderr, 'Host:')
  }
})

test('names --host-facts where there is no KVM', async () => {
  const { code, stderr } = await place.finish(
    place.start(['plan', 'vm.yaml'], { env: { VOLT_KVM: '/nonexistent/kvm' } }),
  )
  assert.is(code, 4)
  assert.match(stderr, '--host-facts FILE')
})

test('says what cannot be written', async () => {
  const { code, stderr } = await plan('-o', '/nonexistent/plan.json', 'vm.yaml')
  assert.is(code, 1)
  assert.match(
    stderr,
    'error[FILE_UNWRITABLE]: cannot write /nonexistent/plan.json: its directory does not exist (ENOENT)\n',
  )
})

test('ends with 3 and all diagnostics for a manifest with errors', async () => {
  const { code, stdout, stderr } = await plan('bad.yaml')
  assert.is(code, 3)
  assert.is(stdout, '')
  assert.match(stderr, /error\[V006\]/)
  assert.not.match(stderr, /^\s+at /m)
})

test('ends with 3 for host facts that are none', async () => {
  const { code, stderr } = await place.volt('plan', '--host-facts', 'vm.yaml', 'vm.yaml')
  assert.is(code, 3)
  assert.match(stderr, 'error[FILE_UNREADABLE]')
})

test('ends quietly when the reader of stdout goes away', async () => {
  const child = place.start(['plan', '--json', '--host-facts', AMD_FACTS, 'vm.yaml'])
  child.stdout?.destroy()
  const { code, stderr } = await place.finish(child)
  assert.is(code, 0)
  assert.is(stderr, '')
})

test('writes all of a large plan to a slow reader', async () => {
  await place.write('large.yaml', helloManifest({ vcpus: 254 }))
  const { code, stdout } = await plan('--json', 'large.yaml')
  assert.is(code, 0)
  assert.is((JSON.parse(stdout) as PlanJson).vms[0]?.plan.vcpus.length, 254)
})

test.run()
