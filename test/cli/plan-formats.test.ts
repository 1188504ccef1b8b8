// `volt plan` in every format, compared with what runs here (nothing) and with another version of the file.
import * as assert from 'uvu/assert'
import { suite } from '../suite.ts'
import { AMD_FACTS, helloManifest, makeWorkplace, type Ended, type Workplace } from './volt.ts'

const test = suite('command line: formats of a plan')
let place: Workplace

const plan = (...args: string[]): Promise<Ended> => place.volt('plan', '--host-facts', AMD_FACTS, ...args)
const DISK = 'disks: [{ name: root, path: ./root.img, overlay: true }]\n'
const OLD = [
  helloManifest({ name: 'web', vcpus: 2 }),
  helloManifest({ name: 'label' }),
  helloManifest({ name: 'same' }),
  helloManifest({ name: 'lazy' }) + 'balloon: { target: 64MiB }\n',
  helloManifest({ name: 'disk' }) + DISK,
  helloManifest({ name: 'gone' }),
].join('---\n')
const NEW = [
  helloManifest({ name: 'web', vcpus: 4 }) + 'memory: 256MiB\n',
  helloManifest({ name: 'label', labels: '{ tier: "a|b `c` @all" }' }),
  helloManifest({ name: 'same' }) + 'memory: 131072KiB\n',
  helloManifest({ name: 'lazy' }) + 'balloon: { target: 32MiB }\n',
  helloManifest({ name: 'disk' }) + DISK.replace('root.img', 'new.img'),
  helloManifest({ name: 'fresh' }),
].join('---\n')

test.before(async () => {
  place = await makeWorkplace({
    'new.yaml': NEW,
    'old.yaml': OLD,
    'one.yaml': helloManifest(),
    'bad.yaml': helloManifest() + 'memory: 1GiBB\n',
  })
  for (const image of ['root.img', 'new.img']) await place.write(image, '\0'.repeat(4096))
})
test.after(() => place.remove())

test('against another version of the file each machine has the class of its changes', async () => {
  const { code, stdout } = await plan('--against', 'old.yaml', '--format', 'json', 'new.yaml')
  assert.is(code, 0)
  const { vms, left } = JSON.parse(stdout) as {
    vms: { name: string; change: string; leaves: string[] }[]
    left: object[]
  }
  assert.equal(
    vms.map(({ name, change, leaves }) => [name, change, ...leaves]),
    [
      ['web', 'restart'],
      ['label', 'record'],
      ['same', 'none'],
      ['lazy', 'live'],
      ['disk', 'replace', 'root over ./root.img'],
      ['fresh', 'start'],
    ],
  )
  assert.equal(left, [
    {
      name: 'gone',
      state: 'declared',
      description: 'declared in old.yaml',
      why: 'new.yaml does not declare it any more',
    },
  ])
})

test('as Markdown: fields old and new, boot plans to be opened, nothing of a file taken for markup', async () => {
  const { code, stdout } = await plan('--against', 'old.yaml', '--prune', '--format', 'markdown', 'new.yaml')
  assert.is(code, 0)
  assert.match(stdout, /^### Volt plan of `new\.yaml`\n\n7 machines: 1 to start, 1 to change live, 1 to record, 1 to restart, 1 to replace, 1 to destroy, 1 unchanged\n/) // prettier-ignore
  assert.match(stdout, '#### ± `web` would be restarted\n\n| field | old | new | takes |\n| --- | --- | --- | --- |\n')
  assert.match(stdout, '| `memory` | `128MiB` | `256MiB` | restart |\n| `vcpus` | `2` | `4` | restart |\n')
  assert.match(stdout, '| `metadata.labels.tier` | `none` | ``"a\\|b `c` @all"`` | none |\n')
  assert.match(stdout, '<details><summary>Boot plan of web</summary>\n\n```text\n  boot by linux64')
  assert.match(
    stdout,
    '#### - `gone` would be destroyed\n\nnew.yaml does not declare it any more; it is declared in old.yaml.\n',
  )
  assert.not.match(stdout, '`same`')
  assert.is(stdout.match(/<details>/g)?.length, stdout.match(/<\/details>/g)?.length)
})

test('as annotations of GitHub: a notice where the machine has its name', async () => {
  const { code, stdout } = await plan('--against', 'old.yaml', '--format', 'github', 'new.yaml')
  assert.is(code, 0)
  const lines = stdout.trimEnd().split('\n')
  assert.is(lines.length, 6)
  const [first = '', , , , , gone = ''] = lines
  assert.match(first, /^::notice file=new\.yaml,line=3,col=19,endLine=3,endColumn=22,title=plan\.restart::web would be restarted: memory: 128MiB → 256MiB; vcpus: 2 → 4$/) // prettier-ignore
  assert.is(
    gone,
    '::notice file=new.yaml,title=plan.left::gone is left: new.yaml does not declare it any more; it is declared in old.yaml',
  )
  for (const line of lines) assert.match(line, /^::notice /)
})

test('as SARIF: a note for each machine that changes', async () => {
  const { stdout } = await plan('--against', 'old.yaml', '--format', 'sarif', 'new.yaml')
  const log = JSON.parse(stdout) as { runs: { results: { ruleId: string; level: string }[] }[] }
  assert.equal(
    log.runs[0]?.results.map(({ ruleId, level }) => `${level} ${ruleId}`),
    [
      'note plan.restart',
      'note plan.record',
      'note plan.live',
      'note plan.replace',
      'note plan.start',
      'note plan.left',
    ],
  )
})

test('--format json is --json', async () => {
  const [one, other] = [await plan('--json', 'one.yaml'), await plan('--format', 'json', 'one.yaml')]
  assert.equal([one.code, one.stdout, one.stderr], [0, other.stdout, ''])
  assert.is(other.stderr, '')
})

test('--detailed-exitcode ends with 2 in every format, and with 0 where nothing differs', async () => {
  for (const format of ['human', 'json', 'github', 'sarif', 'markdown']) {
    const args = ['--detailed-exitcode', '--format', format, '--against']
    assert.is((await plan(...args, 'old.yaml', 'new.yaml')).code, 2, format)
    assert.is((await plan(...args, 'new.yaml', 'new.yaml')).code, 0, format)
  }
  await place.write('less.yaml', helloManifest({ name: 'web', vcpus: 2 }))
  const lost = await plan('--detailed-exitcode', '--vm', 'web', '--against', 'old.yaml', 'less.yaml')
  assert.is(lost.code, 0, lost.stderr)
  assert.is((await plan('--detailed-exitcode', '--against', 'old.yaml', 'less.yaml')).code, 2)
})

test('a manifest with errors is told in the format asked for, and ends with 3', async () => {
  for (const [format, expected] of [
    ['github', /^::error file=bad\.yaml,line=6,/],
    ['sarif', /"ruleId": "V003"/],
    [
      'markdown',
      /^### Volt: 1 error\n\n\| where \| code \| what \|\n.*\n\| `bad\.yaml:6:9` \| error V003 \| memory must be /,
    ],
    ['json', /^\{"formatVersion":1,"valid":false,/],
  ] as const) {
    const { code, stdout } = await plan('--format', format, 'bad.yaml')
    assert.is(code, 3, format)
    assert.match(stdout, expected)
    const older = await plan('--format', format, '--against', 'bad.yaml', 'one.yaml')
    assert.is(older.code, 3, format)
  }
})

test('what ends the command is an annotation too', async () => {
  const { code, stdout, stderr } = await plan('--format', 'github', '--vm', 'nobody', 'one.yaml')
  assert.is(code, 1)
  assert.is(stdout, "::error title=NO_SUCH_VM::one.yaml has no machine 'nobody'\n")
  assert.match(stderr, 'error[NO_SUCH_VM]')
})

test('a plan that is compared with a version is not saved', async () => {
  assert.is((await plan('--against', 'old.yaml', '-o', 'x.json', 'one.yaml')).code, 64)
})

test('validate has Markdown too', async () => {
  const good = await place.volt('validate', '--format', 'markdown', 'one.yaml')
  assert.equal([good.code, good.stdout], [0, '### Volt: one.yaml: valid, 1 machine\n'])
  const bad = await place.volt('validate', '--format', 'markdown', 'bad.yaml', 'one.yaml')
  assert.is(bad.code, 3)
  assert.match(bad.stdout, /^### Volt: 1 error\n\n\| where/)
})

test.run()
