// `volt init` end to end: what it writes is valid, in the form of `volt fmt`, and never over a file that is there.
import { execFileSync, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { suite } from '../suite.ts'
import { finish, MAIN, makeWorkplace, type Ended, type Workplace } from './volt.ts'

const test = suite('command line: init')
let place: Workplace
test.before(async () => void (place = await makeWorkplace()))
test.after(() => place.remove())

const read = (name: string): Promise<string> => readFile(join(place.directory, name), 'utf8')

test('writes a manifest that is valid and formatted, and the schema that it names', async () => {
  const { code, stdout, stderr } = await place.volt('init')
  assert.equal([code, stdout], [0, ''])
  assert.match(stderr, 'next: volt plan vm.yaml')
  assert.match(
    await read('vm.yaml'),
    /^# yaml-language-server: \$schema=\.\/volt\.schema\.json\napiVersion: volt\/v1\n/,
  )
  assert.is((await place.volt('validate', 'vm.yaml')).stdout, 'vm.yaml: valid, 1 machine\n')
  assert.is((await place.volt('fmt', '--check', 'vm.yaml')).code, 0)
  assert.is(await read('volt.schema.json'), (await place.volt('schema')).stdout)
})

test('takes everything from options', async () => {
  await place.write('k', '')
  const options = '--name web --kernel ./k --initrd ./i --vcpus 4 --memory 1GiB --disk ./root.img --network --no-schema'
  const { code, stderr } = await place.volt('init', 'web.yaml', ...options.split(' '))
  assert.is(code, 0)
  assert.match(stderr, 'what it names is to be put there:\nerror[V103]')
  assert.is(
    await read('web.yaml'),
    `apiVersion: volt/v1
kind: MicroVM
metadata:
  name: web
kernel:
  image: ./k
  initrd: ./i
  cmdline: console=ttyS0 root=/dev/vda rw reboot=k panic=-1
vcpus: 4
memory: 1GiB
disks:
  - name: root
    path: ./root.img
    overlay: true
networks:
  - user: true
`,
  )
})

test('names a directory as what an initial RAM disk is made from', async () => {
  await mkdir(join(place.directory, 'packed/root'), { recursive: true })
  for (const directory of ['./root', './later/']) {
    await place.volt('init', 'packed/vm.yaml', '--kernel', './k', '--initrd', directory, '--no-schema', '--force')
    assert.match(await read('packed/vm.yaml'), `  image: ./k\n  initrd:\n    directory: ${directory}\n`)
  }
})

test('replaces a file with --force only, and somebody else’s schema not at all', async () => {
  await mkdir(join(place.directory, 'there'))
  await place.write('there/vm.yaml', 'mine')
  await place.write('there/volt.schema.json', '{}')
  const refused = await place.volt('init', 'there/vm.yaml')
  assert.equal([refused.code, await read('there/vm.yaml')], [64, 'mine'])
  assert.match(refused.stderr, '--force')
  const forced = await place.volt('init', 'there/vm.yaml', '--force')
  assert.is(forced.code, 0)
  assert.match(await read('there/vm.yaml'), /name: there\n/)
  assert.is(await read('there/volt.schema.json'), '{}')
})

test('ends with 64 for an option that cannot stand in a manifest, and writes nothing', async () => {
  for (const option of ['--name=Web 1', '--memory=12', '--vcpus=0', '--vcpus=two', '--disk=']) {
    const { code, stderr } = await place.volt('init', 'wrong.yaml', option)
    assert.is(code, 64, option)
    assert.match(stderr, `error[USAGE]: ${option.replace(/=.*/, '')}: `)
  }
  assert.not(existsSync(join(place.directory, 'wrong.yaml')))
})

test('says what to do where its place is not there, or is a directory', async () => {
  const nowhere = await place.volt('init', 'no where/vm.yaml')
  assert.equal([nowhere.code, existsSync(join(place.directory, 'no where'))], [64, false])
  assert.match(nowhere.stderr, "there is no directory no where\n  = help: make it first: mkdir -p 'no where'")
  await mkdir(join(place.directory, 'my machine'))
  const inside = await place.volt('init', 'my machine', '--force')
  assert.is(inside.code, 64)
  assert.match(
    inside.stderr,
    "my machine is a directory\n  = help: name the manifest in it: volt init 'my machine/vm.yaml'",
  )
  const named = await place.volt('init', 'my machine/vm.yaml')
  assert.match(named.stderr, "next: volt plan 'my machine/vm.yaml', volt run 'my machine/vm.yaml'")
  assert.match(await read('my machine/vm.yaml'), /name: my-machine\n/)
})

const script = (() => {
  try {
    return execFileSync('script', ['--version'], { stdio: 'ignore' }) !== undefined
  } catch {
    return false
  }
})()

/** At a terminal of its own, with what is typed, and what is typed once it has asked for the kernel. */
async function typed(file: string, input: string, later = ''): Promise<Ended> {
  const command = `${process.execPath} ${MAIN} init ${file}`
  const child = spawn('script', ['-qec', command, '/dev/null'], { cwd: place.directory, stdio: 'pipe' })
  child.stdin.write(input)
  let seen = ''
  child.stdout.on('data', (chunk: Buffer) => {
    const before = seen.includes('kernel: ')
    seen += chunk.toString()
    if (!before && seen.includes('kernel: ')) child.stdin.write(later)
  })
  return finish(child, null)
}

test.skipIf(script ? false : 'no script(1)', 'asks at a terminal, again after a wrong answer', async () => {
  const { code, stdout } = await typed('asked.yaml', 'Web 1\nweb\n./vmlinuz\n\n0\n2\n\n./root.img\ny\n')
  assert.is(code, 0, stdout)
  assert.match(stdout, 'did you mean web-1?')
  assert.match(stdout, 'vcpus must be at least 1, not 0')
  const text = await read('asked.yaml')
  assert.match(text, /name: web\nkernel:\n {2}image: \.\/vmlinuz\n {2}cmdline/)
  assert.match(text, /\nvcpus: 2\nmemory: 512MiB\ndisks:\n {2}- name: root\n/)
  assert.match(text, /\nnetworks:\n {2}- user: true\n$/)
})

test.skipIf(script ? false : 'no script(1)', 'writes nothing where the answers end', async () => {
  const { code, stdout } = await typed('unasked.yaml', 'web\n', '\u0004')
  assert.is(code, 1, stdout)
  assert.match(stdout, 'error[DECLINED]')
  assert.not(existsSync(join(place.directory, 'unasked.yaml')))
})

test.run()
