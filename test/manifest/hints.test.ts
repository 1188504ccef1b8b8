// What is suggested for a mistake, where one thing was clearly meant; and nothing where it was not.
import * as assert from 'uvu/assert'
import { didYouMean, editDistance } from '../../src/manifest/did-you-mean.ts'
import { formatSize, parseSize, suggestSize } from '../../src/manifest/size.ts'
import { suite } from '../suite.ts'
import { loadText, manifestWith } from './support.ts'

const test = suite('hints')

const CASES: [manifest: string, hint: string][] = [
  ['memory: 1GiBB', 'did you mean 1GiB?'],
  ['memory: 512MB', 'did you mean 512MiB?'],
  ['memory: 1G', 'did you mean 1GiB?'],
  ['memory: 1.5g', 'did you mean 1536MiB?'],
  ['memory: 1073741824', 'did you mean 1GiB?'],
  ['memory: 512', 'did you mean 512MiB?'],
  ['memory: 4097KiB', 'did you mean 4100KiB?'],
  ['vcpus: "2"', 'did you mean 2 (without quotes)?'],
  ['vcpus:', 'give it a value, or leave the key out'],
  ['vcpus: { count: 6, cores: 4 }', 'make count a multiple of 4, such as 8'],
  ['vcpus: { count: 7, sockets: 2, cores: 2 }', 'set count to 4, or leave cores out'],
  ['firmware: { mptable: yes }', 'did you mean true?'],
  ['firmware: { mptable: "False" }', 'did you mean false?'],
  ['console: { device: UART }', 'did you mean uart?'],
  ['console: { devcie: uart }', 'did you mean device?'],
  ['memroy: 1GiB', 'did you mean memory?'],
  ['image: ./vmlinux', 'image belongs in kernel'],
  ['threads: 2', 'threads belongs in vcpus'],
  ['console: { memory: 1GiB }', 'memory belongs at the top level'],
]

for (const [line, hint] of CASES) {
  test(`${line} → ${hint}`, async () => {
    const { diagnostics } = await loadText(manifestWith(`${line}\n`))
    assert.equal(diagnostics.map((diagnostic) => diagnostic.hint), [hint]) // prettier-ignore
  })
}

test('a name, a version and a digest are corrected', async () => {
  const wrong = manifestWith('', 'My_Web Server!').replace('v1\n', 'v2\n')
  const text = wrong.replace('builtin:hello', `builtin:hello, sha256: "sha256:${'AB'.repeat(32)}"`)
  const { diagnostics } = await loadText(text)
  const wanted = ['volt/v1', 'my-web-server', 'ab'.repeat(32)]
  assert.equal(diagnostics.map(({ hint }) => hint), wanted.map((word) => `did you mean ${word}?`)) // prettier-ignore
})

test('nothing is suggested for what could mean several things or nothing', () => {
  for (const value of ['1PiB', '0MiB', '', 'MiB', '-1GiB', '1e9', '9'.repeat(400) + 'GiB', 'lots', 0.1, {}]) {
    assert.is(suggestSize(value), undefined, JSON.stringify(value))
  }
  assert.is(didYouMean('x', ['a', 'b']), undefined)
  assert.is(didYouMean('cot', ['cat', 'cut']), undefined)
  assert.is(didYouMean('m'.repeat(1_000_000), ['memory']), undefined)
})

test('edit distance counts a swap of neighbours as one', () => {
  const cases: [string, string, number][] = [
    ['', '', 0],
    ['', 'abc', 3],
    ['memory', 'memroy', 1],
    ['kitten', 'sitting', 3],
    ['vcpu', 'vcpus', 1],
    ['ca', 'abc', 3],
  ]
  for (const [from, to, distance] of cases) {
    assert.is(editDistance(from, to), distance)
    assert.is(editDistance(to, from), distance)
  }
})

test('sizes are parsed and written in the largest unit that is exact', () => {
  const sizes: [string, number][] = [['4KiB', 4096], ['1536MiB', 1536 * 1024 ** 2], ['64TiB', 2 ** 46]] // prettier-ignore
  for (const [text, bytes] of sizes) assert.equal([parseSize(text), formatSize(bytes)], [bytes, text])
  assert.is(formatSize(1024 * 1024 ** 2), '1GiB')
  assert.throws(() => parseSize('1GB'))
})

test.run()
