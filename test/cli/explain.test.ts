// `volt explain` end to end.
import * as assert from 'uvu/assert'
import type { FieldExplanation } from '../../src/run/explain-field.ts'
import { suite } from '../suite.ts'
import { makeWorkplace, type Workplace } from './volt.ts'

const test = suite('command line: explain')
let place: Workplace
test.before(async () => void (place = await makeWorkplace()))
test.after(() => place.remove())

test('says what a field is, what it takes, what a change does and where it goes', async () => {
  const { code, stdout, stderr } = await place.volt('explain', 'disks.rateLimit')
  assert.equal([code, stderr], [0, ''])
  assert.match(stdout, /^disks\[\]\.rateLimit\n\n {2}How much the disk may do in a second/)
  assert.match(stdout, /^ {2}takes {5}a mapping$/m)
  assert.match(stdout, /^ {2}change {4}live: the device takes another limit while it runs$/m)
  assert.match(stdout, /^ {4}bandwidth {2}Bytes a second/m)
  assert.match(stdout, '    disks:\n      - name: root\n        rateLimit:\n')
  for (const line of stdout.split('\n')) assert.ok(line.length <= 100, line)
})

test('gives the same as JSON', async () => {
  const { code, stdout } = await place.volt('explain', 'disks[].cache', '--json')
  assert.is(code, 0)
  const { path, default: value, change, examples } = JSON.parse(stdout) as FieldExplanation
  assert.equal(
    [path, value, change.class, examples],
    ['disks[].cache', 'writeback', 'restart', ['writeback', 'unsafe']],
  )
})

test('lists the fields of a manifest, as JSON those inside too', async () => {
  const { stdout } = await place.volt('explain')
  assert.match(stdout, /^ {2}kernel +What the machine boots\. Required\.$/m)
  const { fields } = JSON.parse((await place.volt('explain', '--json')).stdout) as { fields: { path: string }[] }
  assert.ok(fields.some(({ path }) => path === 'disks[].rateLimit.ops.burst'))
})

test('ends with 64 for what is no field, and says what was meant', async () => {
  const { code, stdout, stderr } = await place.volt('explain', 'disk.path')
  assert.equal([code, stdout], [64, ''])
  assert.match(stderr, 'error[USAGE]: there is no field "disk"\n  = help: did you mean disks?\n')
  const json = await place.volt('explain', 'disks.pathh', '--json')
  assert.equal([json.code, json.stderr], [64, ''])
  assert.match(json.stdout, '"code":"USAGE"')
})

test.run()
