// `volt fmt` end to end.
import { chmod, readFile, stat, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { suite } from '../suite.ts'
import { makeWorkplace, type Workplace } from './volt.ts'

const test = suite('command line: fmt')
const MIXED = '# top\nmemory: 1GiB\nvcpus:   2   # two\n'
const SORTED = '# top\nvcpus: 2 # two\nmemory: 1GiB\n'
let place: Workplace
test.before(async () => void (place = await makeWorkplace()))
test.after(() => place.remove())

const read = (name: string): Promise<string> => readFile(join(place.directory, name), 'utf8')

test('changes files in place, names those it changed, and keeps mode and links', async () => {
  const path = await place.write('mixed.yaml', MIXED)
  await chmod(path, 0o640)
  await symlink('mixed.yaml', join(place.directory, 'link.yaml'))
  await place.write('sorted.yaml', SORTED)
  const { code, stdout, stderr } = await place.volt('fmt', 'link.yaml', 'sorted.yaml')
  assert.equal([code, stdout, stderr], [0, 'link.yaml\n', ''])
  assert.is(await read('mixed.yaml'), SORTED)
  assert.is((await stat(path)).mode & 0o777, 0o640)
  assert.equal((await place.volt('fmt', 'link.yaml', 'sorted.yaml')).stdout, '')
})

test('--check changes nothing and ends with 1 where something would', async () => {
  await place.write('mixed.yaml', MIXED)
  const { code, stdout } = await place.volt('fmt', '--check', 'mixed.yaml', 'sorted.yaml')
  assert.equal([code, stdout], [1, 'mixed.yaml\n'])
  assert.is(await read('mixed.yaml'), MIXED)
  assert.equal((await place.volt('fmt', '--check', 'sorted.yaml')).code, 0)
})

test('writes standard input to standard output, and with --check only whether it would change', async () => {
  const { code, stdout } = await place.finish(place.start(['fmt', '-']), MIXED)
  assert.equal([code, stdout], [0, SORTED])
  assert.is((await place.finish(place.start(['fmt', '-']), SORTED)).stdout, SORTED)
  const checked = await place.finish(place.start(['fmt', '--check', '-']), MIXED)
  assert.equal([checked.code, checked.stdout], [1, '<stdin>\n'])
})

test('leaves a file with broken YAML as it is, shows why, and goes on with the others', async () => {
  await place.write('broken.yaml', 'memory: 1GiB\nkernel: { image: a\n')
  await place.write('mixed.yaml', MIXED)
  const { code, stdout, stderr } = await place.volt('fmt', 'broken.yaml', 'missing.yaml', 'mixed.yaml')
  assert.equal([code, stdout], [3, 'mixed.yaml\n'])
  assert.match(stderr, /^error\[V001\]: .*\n +--> broken\.yaml:3:1$/m)
  assert.match(stderr, 'error[V011]: missing.yaml does not exist')
  assert.is(await read('broken.yaml'), 'memory: 1GiB\nkernel: { image: a\n')
})

test.run()
