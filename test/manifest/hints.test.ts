// What is suggested for a mistake, where one thing was clearly meant; and nothing where it was not.
import * as assert from 'uvu/assert'
import { didYouMean, editDistance } from '../../src/manifest/did-you-mean.ts'
import { formatDuration, parseDuration, suggestDuration } from '../../src/manifest/duration.ts'
import { formatIndexList, parseIndexList, suggestIndexList } from '../../src/manifest/index-list.ts'
import { formatSize, parseSize, suggestSize } from '../../src/manifest/size.ts'
import { suite } from '../suite.ts'
import { loadText, manifestWith } from './support.ts'

const test = suite('hints')

const CASES: [manifest: string, hint: string][] = [
  ['healthcheck: {}', 'what tells that a guest is ready is one sign: readiness: { console: "login:" }'],
  ['restart: onFailure', 'did you mean on-failure?'],
  ['readiness: { console: x, timeout: 1.5 }', 'did you mean 1500ms?'],
  ['console: { maxSize: 16MB }', 'did you mean 16MiB?'],
  ['mounts: []', 'directories are a list: shares: [{ tag: src, directory: ./src }]'],
  ['share: []', 'did you mean shares?'],
  ['network: []', 'did you mean networks?'],
  ['nics: []', 'networks are a list: networks: [{ user: { ports: ["8080:80"] } }]'],
  ['networks: [{ user: { ports: [8080] } }]', 'did you mean "8080:8080"?'],
  ['networks: [{ user: { ports: ["53/UDP"] } }]', 'did you mean "53:53/udp"?'],
  ['networks: [{ tap: t, mac: 52-54-00-12-AB-FF }]', 'did you mean 52:54:00:12:ab:ff?'],
  ['networks: [{ tap: t, mac: "53:54:00:12:ab:ff" }]', 'did you mean 52:54:00:12:ab:ff?'],
  ['networks: [{ user: true, rateLimit: { receive: 10MB/s } }]', 'did you mean 10MiB/s?'],
  ['networks: [{ user: true, vhost: true }]', 'leave vhost out, or use a tap'],
  ['networks: [{ tap: t, vhost: true, preventSpoofing: true }]', 'leave vhost or preventSpoofing out'],
  ['networks: [{ tap: t, vhost: true, rateLimit: {} }]', 'leave vhost or rateLimit out'],
  ['volumes: []', 'disks are a list: disks: [{ name: root, path: ./root.img }]'],
  ['disk: []', 'did you mean disks?'],
  ['disks: [{ name: root, path: a, readonly: true }]', 'did you mean readOnly?'],
  ['disks: [{ name: root, path: a, readOnly: yes }]', 'did you mean true?'],
  ['disks: [{ name: root, path: a, cache: WriteBack }]', 'did you mean writeback?'],
  ['disks: [{ name: root, path: a, queues: "2" }]', 'did you mean 2 (without quotes)?'],
  ['disks: [{ name: root, path: a, rateLimit: { bandwidth: 100MB/s } }]', 'did you mean 100MiB/s?'],
  ['disks: [{ name: root, path: a, rateLimit: { bandwidth: 10 MiB } }]', 'did you mean 10MiB/s?'],
  ['disks: [{ name: root, path: a, rateLimit: { bandwidth: { rate: 1Gps } } }]', 'did you mean 1GiB/s?'],
  ['disks: [{ name: root, path: a, rateLimit: { bandwidth: { rate: 1GiB/s, burst: 2G } } }]', 'did you mean 2GiB?'],
  ['rng: "yes"', 'did you mean true?'],
  ['balloon: { target: 64 }', 'did you mean 64MiB?'],
  ['balloon: { statsInterval: 5 s }', 'did you mean 5s?'],
  ['balloon: "on"', 'did you mean true?'],
  ['discard: true', 'discard belongs in disks'],
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
  ['distances: [10]', 'distances belongs in numa'],
  ['stopTimeout: 2 minutes', 'did you mean 2m?'],
  ['stopTimeout: 1.5s', 'did you mean 1500ms?'],
  ['stopTimeout: 1 hour', 'did you mean 1h?'],
  ['numa: [{ vcpus: 0, memory: 1GiB }]', 'did you mean "0"?'],
  ['numa: [{ vcpus: "0 - 1, 3", memory: 1GiB }]', 'did you mean "0-1,3"?'],
  ['numa: [{ vcpus: "0..1", memory: 1GiB }]', 'did you mean "0-1"?'],
  ['numa: [{ vcpus: "0", memory: 1GB }]', 'did you mean 1GiB?'],
  ['vcpus: 4\nnuma: [{ vcpus: "3-0", memory: 1GiB }]', 'did you mean "0-3"?'],
  ['vcpus: 9\nnuma: [{ vcpus: "0,4", memory: 1GiB }]', 'without a node: 1-3,5-8'],
  ['cpu: { features: { avx512vnni: false } }', 'did you mean avx512_vnni?'],
  ['cpu: { features: { SSE4.1: false } }', 'did you mean sse4_1?'],
  ['cpu: { features: { sse3: false } }', 'did you mean pni?'],
  [
    'cpu: { features: { frobnicate: false } }',
    'a key here must be a processor feature as Linux names it in /proc/cpuinfo',
  ],
  ['cpu: { features: { avx: off } }', 'did you mean false?'],
  ['cpu: { template: x86_64_v3 }', 'did you mean x86-64-v3?'],
  ['cpu: { template: skylake }', 'there is host, x86-64-v1, x86-64-v2, x86-64-v3'],
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

test('durations and index lists are parsed and written in the shortest form that is exact', () => {
  const durations: [string, number][] = [['0s', 0], ['500ms', 500], ['90s', 90_000], ['2m', 120_000], ['1h', 3_600_000]] // prettier-ignore
  for (const [text, milliseconds] of durations) {
    assert.equal([parseDuration(text), formatDuration(milliseconds)], [milliseconds, text])
  }
  for (const value of [5, '5', '5s', '5000ms']) assert.is(parseDuration(value), 5000)
  assert.is(parseDuration('0.5'), 500)
  for (const value of ['soon', '', '-1s', '1d', '1e3', -1]) assert.throws(() => parseDuration(value), /not a duration/)
  for (const value of ['soon', '', '-1s', '1d', {}, '9'.repeat(400)]) assert.is(suggestDuration(value), undefined)
  const lists: [string, number[]][] = [['0', [0]], ['0-3', [0, 1, 2, 3]], ['0-1,8,10-11', [0, 1, 8, 10, 11]]] // prettier-ignore
  for (const [text, indices] of lists) assert.equal([parseIndexList(text), formatIndexList(indices)], [indices, text])
  assert.is(parseIndexList('0,5-4'), undefined)
  assert.ok((parseIndexList('0-9999,'.repeat(400).slice(0, -1))?.length ?? 0) < 5000)
  for (const value of ['all', '', '-', '1-2-3', {}]) assert.is(suggestIndexList(value), undefined)
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
