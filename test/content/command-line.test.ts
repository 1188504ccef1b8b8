// What the command line builds, and when, on a machine without KVM.
import { existsSync } from 'node:fs'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { AMD_FACTS, makeWorkplace, type Ended, type Workplace } from '../cli/volt.ts'
import { suite } from '../suite.ts'
import { writeTree } from './support-trees.ts'

const test = suite('command line: initrds and disks that Volt makes, on a machine without KVM')
const VM = `apiVersion: volt/v1
kind: MicroVM
metadata: { name: web }
kernel:
  image: builtin:hello
  initrd: { directory: ./root }
`
let place: Workplace
let data = ''

test.before(async () => {
  place = await makeWorkplace({ 'vm.yaml': VM })
  data = join(place.directory, '../data')
  await writeTree(join(place.directory, 'root'), { 'init*': '#!/bin/sh\n', 'etc/motd': 'hello\n' })
})
test.after(() => place.remove())

function volt(...args: string[]): Promise<Ended> {
  return place.finish(place.start(args, { env: { VOLT_KVM: '/nonexistent/kvm', XDG_DATA_HOME: data } }))
}

const plan = (...args: string[]) => volt('plan', '--host-facts', AMD_FACTS, ...args, 'vm.yaml')

const built = () => readdir(join(data, 'volt/blobs/sha256'))

test('validate looks and builds nothing', async () => {
  const { code, stdout } = await volt('validate', 'vm.yaml')
  assert.equal([code, stdout], [0, 'vm.yaml: valid, 1 machine\n'])
  assert.not(existsSync(data))
})

test('plan builds once, and shows the archive at its digest', async () => {
  const first = await plan()
  assert.is(first.code, 0, first.stderr)
  assert.match(first.stderr, /Build initrd: \d+ bytes/)
  assert.not.match(first.stderr, /as it was/)
  const [blob, ...others] = await built()
  assert.equal(others, [])
  assert.match((await plan()).stderr, /Build initrd: .*, as it was/)
  await plan('-o', 'saved.json')
  const saved = JSON.parse(await readFile(join(place.directory, 'saved.json'), 'utf8')) as { sources: Record<string, string>; plan: { files: { id: string; sha256: string }[] } } // prettier-ignore
  assert.is(saved.sources['initrd'], join(data, 'volt/blobs/sha256', blob ?? ''))
  assert.is(saved.plan.files.find(({ id }) => id === 'initrd')?.sha256, blob)
})

test('volt.lock holds its digest; a change of the directory is a difference', async () => {
  assert.is((await volt('lock', 'vm.yaml')).code, 0)
  const { manifests } = parse(await readFile(join(place.directory, 'volt.lock'), 'utf8')) as { manifests: Record<string, Record<string, { initrd: { path: string; sha256: string } }>> } // prettier-ignore
  const [blob] = await built()
  assert.equal([manifests['vm.yaml']?.['web']?.initrd.path, manifests['vm.yaml']?.['web']?.initrd.sha256], ['./root', blob]) // prettier-ignore
  await writeFile(join(place.directory, 'root/etc/motd'), 'other\n')
  const { code, stderr } = await plan('--locked')
  assert.is(code, 5)
  assert.match(stderr, /web: initrd\.sha256: [0-9a-f]{12}… → /)
})

test('prune removes archives that no machine was started with', async () => {
  assert.is((await built()).length, 2)
  const { code, stdout } = await volt('kernel', 'prune', '--yes')
  assert.is(code, 0)
  assert.match(stdout, /^removed 2 files, /m)
  assert.equal(await built(), [])
})

test('a disk from a directory is built, shown and locked by what it is made from', async () => {
  const disk = 'disks: [{ name: root, from: { directory: ./root }, size: 16MiB }]'
  await place.write('disk.yaml', `${VM.split('kernel:')[0]}kernel: { image: builtin:hello }\n${disk}\n`)
  const planned = await volt('plan', '--host-facts', AMD_FACTS, 'disk.yaml')
  assert.is(planned.code, 0, planned.stderr)
  assert.match(planned.stderr, /Build disk root: 16\.0MiB\n/)
  const [name] = await readdir(join(data, 'volt/disks'))
  assert.ok(planned.stdout.includes(`16MiB of ${join(data, 'volt/disks', name ?? '')}, writes to state:overlay-root`))
  assert.is((await volt('lock', 'disk.yaml')).code, 0)
  const locked = async () => /path: \.\/root\n +size: 16777216\n +sha256: ([0-9a-f]{64})\n/.exec(await readFile(join(place.directory, 'volt.lock'), 'utf8'))?.[1] // prettier-ignore
  const before = await locked()
  assert.ok(before !== undefined && before !== name)
  await writeFile(join(place.directory, 'root/big'), Buffer.alloc(20 * 1024 ** 2, 1))
  const small = await volt('plan', '--host-facts', AMD_FACTS, 'disk.yaml')
  assert.is(small.code, 3)
  assert.is(/error\[(V\d+)\]/.exec(small.stderr)?.[1], 'V113')
  assert.match(small.stderr, /\]: what is to be on the disk needs 2\dMiB\n +--> disk\.yaml:5:58/)
  await rm(join(place.directory, 'root/big'))
  const { stdout } = await volt('kernel', 'prune', '--yes', '--json')
  assert.equal((JSON.parse(stdout) as { disks: string[] }).disks, [name])
})

test('a file that this user may not read, or that is gone, is pointed at', async () => {
  await rm(join(place.directory, 'root'), { recursive: true })
  const { code, stderr } = await plan()
  assert.is(code, 3)
  assert.match(stderr, /error\[V112\]: \.\/root is not there\n +--> vm\.yaml:6:24/)
})

test.run()
