// `volt lock`, --locked, --show-manifest and --compare end to end, on a machine without KVM.
import { cp, mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { suite } from '../suite.ts'
import { AMD_FACTS, makeWorkplace, type Ended, type Workplace } from './volt.ts'

const test = suite('command line: volt.lock, on a machine without KVM')
const INTEL_FACTS = fileURLToPath(new URL('../fixtures/host-facts/intel-cascade-lake.json', import.meta.url))
const HELLO = fileURLToPath(new URL('../../guests/hello/hello.elf', import.meta.url))
let place: Workplace

const BASE = `apiVersion: volt/v1
kind: MicroVM
abstract: true
vars: { cpus: { type: number, default: 2 } }
kernel: { image: ./kernel }
vcpus: \${var.cpus}
disks: [{ name: root, path: root.img, overlay: true }]
`
const VM = (name: string) =>
  `apiVersion: volt/v1\nkind: MicroVM\nextends: common/base.yaml\nmetadata: { name: ${name} }\n`
/** Writes to an image itself, as only one machine may. */
const WEB = `${VM('web')}disks: [{ name: data, path: common/data.img }]\n`

test.before(async () => {
  place = await makeWorkplace({ 'vm.yaml': `${WEB}---\n${VM('db')}` })
  await fillCommon(place.directory)
})
test.after(() => place.remove())

async function fillCommon(directory: string): Promise<void> {
  await mkdir(join(directory, 'common'))
  await cp(HELLO, join(directory, 'common/kernel'))
  await writeFile(join(directory, 'common/base.yaml'), BASE)
  await writeFile(join(directory, 'common/root.img'), 'disk')
  await truncate(join(directory, 'common/root.img'), 4096)
  await writeFile(join(directory, 'common/data.img'), Buffer.alloc(8192))
}

function volt(args: string[], cwd = place.directory, env: Record<string, string> = {}): Promise<Ended> {
  return place.finish(place.start(args, { cwd, env: { VOLT_KVM: '/nonexistent/kvm', ...env } }))
}

const plan = (args: string[], cwd?: string, env?: Record<string, string>) =>
  volt(['plan', '--host-facts', AMD_FACTS, ...args, 'vm.yaml'], cwd, env)

const readLockText = () => readFile(join(place.directory, 'volt.lock'), 'utf8')

test('writes what machines are made from, the same bytes each time', async () => {
  assert.is((await volt(['lock', '--check'])).code, 5)
  const { code, stdout } = await volt(['lock'])
  assert.equal([code, stdout], [0, 'volt.lock: written, 2 machines\n'])
  const text = await readLockText()
  const { manifests } = parse(text) as { manifests: Record<string, Record<string, { kernel: object; disks: object }>> }
  assert.equal(Object.keys(manifests['vm.yaml'] ?? {}), ['db', 'web'])
  const disks = manifests['vm.yaml']?.['web']?.disks as Record<string, { path: string; size: number; sha256?: string }>
  assert.equal([disks['root']?.path, disks['root']?.size, disks['root']?.sha256?.length], ['./common/root.img', 4096, 64]) // prettier-ignore
  assert.equal(disks['data'], { path: 'common/data.img', size: 8192 })
  await rm(join(place.directory, 'volt.lock'))
  await volt(['lock', 'vm.yaml'])
  assert.is(await readLockText(), text)
  assert.equal((await volt(['lock'])).stdout, 'volt.lock: up to date\n')
})

test('refuses what differs, says which, and takes it up on request only', async () => {
  const before = await readLockText()
  await writeFile(join(place.directory, 'common/root.img'), 'DISK', { flag: 'r+' })
  const { code, stderr } = await plan(['--locked'])
  assert.is(code, 5)
  assert.match(stderr, /volt\.lock: web: disks\.root\.sha256: [0-9a-f]{12}… → [0-9a-f]{12}…/)
  assert.match(stderr, 'volt lock --update web --update db')
  assert.is((await plan(['--locked', '--json'])).code, 5)
  assert.is((await plan([], undefined, { CI: 'true' })).code, 5)
  assert.is((await plan(['--no-locked'], undefined, { CI: 'true' })).code, 0)
  assert.is((await plan([])).code, 0)
  assert.is((await volt(['lock'])).code, 5)
  assert.is((await volt(['lock', '--update', 'web'])).code, 5)
  assert.is(await readLockText(), before)
  assert.is((await volt(['lock', '--update', 'web', '--update', 'db'])).code, 0)
  assert.is((await plan(['--locked'])).code, 0)
})

test('run and apply refuse it too, before they look for KVM, and leave no machine behind', async () => {
  await writeFile(join(place.directory, 'common/root.img'), 'CHANGED', { flag: 'r+' })
  for (const args of [['run', '--vm', 'web'], ['apply'], ['apply', '--json']]) {
    const [command = '', ...options] = args
    const { code, stdout, stderr } = await volt([command, '--locked', ...options, 'vm.yaml'])
    assert.is(code, 5, `${args.join(' ')}: ${stderr}`)
    assert.match(stdout + stderr, 'LOCK_MISMATCH')
    assert.is((await volt([command, ...options, 'vm.yaml'], undefined, { CI: 'true' })).code, 5)
  }
  assert.equal((JSON.parse((await volt(['ps', '--json'])).stdout) as { vms: object[] }).vms, [])
  await writeFile(join(place.directory, 'common/root.img'), 'DISK\0\0\0', { flag: 'r+' })
  for (const command of ['run', 'apply']) {
    assert.is((await volt([command, '--locked', '--vm', 'web', 'vm.yaml'])).code, 4, 'the missing KVM')
  }
})

test('an image that its guest writes counts by its size', async () => {
  await writeFile(join(place.directory, 'common/data.img'), 'written', { flag: 'r+' })
  assert.is((await plan(['--locked'])).code, 0)
  await truncate(join(place.directory, 'common/data.img'), 4096)
  assert.is((await plan(['--locked'])).code, 5)
  await truncate(join(place.directory, 'common/data.img'), 8192)
})

test('a machine that is new or gone is written down or forgotten without being named', async () => {
  const text = await readFile(join(place.directory, 'vm.yaml'), 'utf8')
  await writeFile(join(place.directory, 'vm.yaml'), `${WEB}---\n${VM('new')}`)
  const { code, stderr } = await plan(['--locked'])
  assert.is(code, 5)
  assert.match(stderr, 'volt.lock: new is not in the lock')
  assert.match(stderr, 'volt.lock: vm.yaml has no machine db any more')
  assert.is((await plan(['--locked', '--vm', 'web'])).code, 0)
  assert.is((await volt(['lock'])).code, 0)
  assert.is((await plan(['--locked'])).code, 0)
  await writeFile(join(place.directory, 'vm.yaml'), text)
  await volt(['lock'])
})

test('a lock that is missing is an error under --locked, a line under CI=true', async () => {
  const text = await readLockText()
  await rm(join(place.directory, 'volt.lock'))
  assert.is((await plan(['--locked'])).code, 5)
  const { code, stderr } = await plan([], undefined, { CI: 'true' })
  assert.is(code, 0)
  assert.match(stderr, 'there is no volt.lock')
  await writeFile(join(place.directory, 'volt.lock'), text)
})

const hostile: [title: string, change: (text: string) => string, code: string][] = [
  ['git left a conflict in', (text) => text.replace('manifests:', '<<<<<<< ours\nmanifests:'), 'V001'],
  ['has a digest of another form', (text) => text.replace(/sha256: [0-9a-f]{64}/, 'sha256: x'), 'V003'],
  ['names a file elsewhere', (text) => text.replace('vm.yaml:', '../vm.yaml:'), 'V003'],
  ['has an unknown key', (text) => text.replace('kernel:', 'kernal:'), 'V005'],
  ['is of a newer version', (text) => text.replace('lockVersion: 1', 'lockVersion: 2'), 'V003'],
  ['is nested without end', () => '['.repeat(10_000), 'V008'],
  ['multiplies by aliases', () => Array.from({ length: 9 }, (_, n) => `l${n}: &l${n} [${Array(9).fill(n === 0 ? 'x' : `*l${n - 1}`).join(', ')}]\n`).join(''), 'V008'], // prettier-ignore
  ['is empty', () => '', 'V009'],
  ['is no text', () => 'a\0b', 'V012'],
]
test('a lock that is none is a diagnostic with its line', async () => {
  const text = await readLockText()
  for (const [title, change, code] of hostile) {
    await writeFile(join(place.directory, 'volt.lock'), change(text))
    const ended = await plan(['--locked', '--json'])
    assert.is(ended.code, 3, title)
    const { diagnostics } = JSON.parse(ended.stdout) as { diagnostics: { code: string; file: string }[] }
    assert.equal([diagnostics[0]?.code, diagnostics[0]?.file], [code, 'volt.lock'], title)
  }
  await writeFile(join(place.directory, 'volt.lock'), text)
})

test('two checkouts in different places give the same digests for the same host, and the reason where hosts differ', async () => {
  const other = await makeWorkplace()
  const checkout = join(other.directory, 'deep/er')
  await mkdir(join(other.directory, 'deep'))
  await cp(place.directory, checkout, { recursive: true })
  const digests = async (facts: string, cwd: string) => {
    const { stdout } = await volt(['plan', '--locked', '--json', '--host-facts', facts, 'vm.yaml'], cwd)
    return (JSON.parse(stdout) as { vms: { digest: string }[] }).vms.map(({ digest }) => digest)
  }
  try {
    const [amd, intel] = [await digests(AMD_FACTS, place.directory), await digests(INTEL_FACTS, place.directory)]
    assert.equal([amd.length, await digests(AMD_FACTS, checkout), await digests(INTEL_FACTS, checkout)], [2, amd, intel]) // prettier-ignore
    assert.is.not(amd[0], intel[0])
    assert.is((await plan(['--vm', 'web', '-o', 'saved.json'])).code, 0)
    const compare = ['--vm', 'web', '--compare', join(place.directory, 'saved.json')]
    assert.match((await plan(compare, checkout)).stdout, /^web: the same plan, sha256:/)
    const { stdout } = await volt(['plan', '--host-facts', INTEL_FACTS, ...compare, 'vm.yaml'], checkout)
    assert.match(stdout, 'cpu vendor: AuthenticAMD → GenuineIntel')
    await writeFile(join(checkout, 'common/kernel'), 'x', { flag: 'a' })
    const changed = await plan([...compare, '--detailed-exitcode', '--var', 'cpus=3'], checkout)
    assert.is(changed.code, 2)
    assert.match(changed.stdout, /^ {2}kernel: sha256 [0-9a-f]{12}… → [0-9a-f]{12}…$/m)
    assert.match(changed.stdout, /^ {2}vcpus: 2 → 3$/m)
  } finally {
    await other.remove()
  }
})

test('--show-manifest prints what a manifest comes to, with origins, as one that gives the same plan', async () => {
  const { code, stdout } = await plan(['--show-manifest', '--vm', 'web', '--var', 'cpus=4'])
  assert.is(code, 0)
  assert.match(stdout, /^vcpus: 4 # common\/base\.yaml:6, --var cpus=4$/m)
  assert.match(stdout, /^ {2}name: web # vm\.yaml:4$/m)
  assert.match(stdout, /^ {2}protocol: auto # default$/m)
  await writeFile(join(place.directory, 'shown.yaml'), stdout)
  const digest = async (...args: string[]) =>
    (JSON.parse((await volt(['plan', '--json', '--host-facts', AMD_FACTS, ...args])).stdout) as { vms: { digest: string }[] }).vms[0]?.digest // prettier-ignore
  assert.is(await digest('shown.yaml'), await digest('--vm', 'web', '--var', 'cpus=4', 'vm.yaml'))
  await rm(join(place.directory, 'shown.yaml'))
})

test('a base is valid, and nothing that can be planned', async () => {
  const valid = await volt(['validate', 'common/base.yaml'])
  assert.equal([valid.code, valid.stdout], [0, 'common/base.yaml: valid, 1 base\n'])
  assert.is((await volt(['plan', '--host-facts', AMD_FACTS, 'common/base.yaml'])).code, 64)
  assert.is((await volt(['plan', '--var', 'cpus', 'vm.yaml'])).code, 64)
})

test('destroy finds machines whose names are variables', async () => {
  await place.write('named.yaml', `apiVersion: volt/v1\nkind: MicroVM\nvars: { n: {} }\nmetadata: { name: "\${var.n}" }\nkernel: { image: builtin:hello }\n`) // prettier-ignore
  assert.is((await volt(['destroy', 'named.yaml'])).code, 3)
  assert.is((await volt(['destroy', '--var', 'n=x', 'named.yaml'])).code, 0)
  await rm(join(place.directory, 'named.yaml'))
})

test.run()
