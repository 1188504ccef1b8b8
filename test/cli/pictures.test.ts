// `volt plan --svg` and `volt timeline` as a user meets them, without KVM.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { bootOf, DEBIAN_CONSOLE, eventAt } from '../picture/boots.ts'
import { suite } from '../suite.ts'
import { AMD_FACTS, helloManifest, makeWorkplace, type Ended, type Workplace } from './volt.ts'

const test = suite('command line: pictures')
let place: Workplace

const picture = (...args: string[]): Promise<Ended> => place.volt('plan', '--host-facts', AMD_FACTS, '--svg', ...args)

test.before(async () => {
  const two = `${helloManifest({ name: 'one' })}---\n${helloManifest({ name: 'two' })}`
  place = await makeWorkplace({ 'vm.yaml': helloManifest({ vcpus: 4 }), 'two.yaml': two })
  await leaveBoot('debian')
})
test.after(() => place.remove())

/** The files that a machine leaves which was applied and has ended. */
async function leaveBoot(name: string): Promise<void> {
  const directory = join(place.stateHome, 'volt', 'lab', name)
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const record = {
    formatVersion: 1,
    name,
    digest: `sha256:${'0'.repeat(64)}`,
    manifest: null,
    pid: 1,
    startTime: '0',
    bootId: 'none',
    askedAt: eventAt('', 0).time,
    startedAt: eventAt('', 21).time,
    vcpus: 1,
    memoryBytes: 1,
    powerButton: false,
  }
  const events = [eventAt('sandbox', 48), eventAt('started', 96)]
  const said = { formatVersion: 1, pid: 1, vcpus: 1, mode: 'strict', jail: [], layers: [], missing: [] }
  const lines = events.map((event) => JSON.stringify({ ...said, ...event }) + '\n')
  await writeFile(join(directory, 'record.json'), JSON.stringify(record))
  await writeFile(join(directory, 'events.ndjson'), lines.join(''))
  await writeFile(join(directory, 'console.log'), DEBIAN_CONSOLE)
}

test('draws a plan to standard output, and to a file that is new or a picture', async () => {
  const { code, stdout } = await picture('vm.yaml')
  assert.is(code, 0)
  assert.match(stdout, /^<svg [^]*Boot plan of hello[^]*<\/svg>\n$/)
  for (const turn of ['new', 'again']) assert.is((await picture('-o', 'vm.svg', 'vm.yaml')).code, 0, turn)
  assert.is(await readFile(join(place.directory, 'vm.svg'), 'utf8'), stdout)
})

test('draws a saved plan just so', async () => {
  await place.volt('plan', '--host-facts', AMD_FACTS, '-o', 'saved.json', 'vm.yaml')
  assert.is((await picture('saved.json')).stdout, (await picture('vm.yaml')).stdout)
})

test('takes the place of nothing else, and shows one machine', async () => {
  const over = await picture('-o', 'vm.yaml', 'vm.yaml')
  assert.is(over.code, 64)
  assert.match(over.stderr, 'vm.yaml exists and is no picture')
  assert.match(await readFile(join(place.directory, 'vm.yaml'), 'utf8'), /^apiVersion/)
  assert.is((await picture('-o', '.', 'vm.yaml')).code, 64)
  const two = await picture('two.yaml')
  assert.is(two.code, 64)
  assert.match(two.stderr, 'choose with --vm: one, two')
  assert.is((await picture('--vm', 'two', 'two.yaml')).code, 0)
  assert.is((await picture('--json', 'vm.yaml')).code, 64)
})

test('shows a boot as text, as JSON and as a picture', async () => {
  const text = await place.volt('timeline', 'debian')
  assert.is(text.code, 0)
  assert.match(text.stdout, /^debian the guest runs after 96 ms, the kernel is done after 15\.2 s\n/)
  assert.match(text.stdout, /^ {2}kernel, up to all processors +█.* 96 ms {2}4\.34 s$/m)
  assert.ok(text.stdout.split('\n').every((line) => line.length <= 100))
  const json = JSON.parse((await place.volt('timeline', '--json', 'debian')).stdout) as object
  const { stages, marks } = bootOf({ console: DEBIAN_CONSOLE })
  assert.equal(
    { ...json, unknown: [] },
    { ...json, formatVersion: 1, project: 'lab', boot: 1, stages, marks, unknown: [] },
  )
  assert.match((await place.volt('timeline', '--svg', 'debian')).stdout, /^<svg [^]*Boot of debian/)
})

test('says what it cannot show', async () => {
  const nobody = await place.volt('timeline', 'nobody')
  assert.is(nobody.code, 1)
  assert.match(nobody.stderr, 'NO_SUCH_VM')
  assert.is((await place.volt('timeline', '-o', 'x.svg', 'debian')).code, 64)
})

test.run()
