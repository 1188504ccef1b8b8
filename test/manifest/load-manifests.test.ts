// Valid manifests become specs; problems found later get a place in the text.
import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as assert from 'uvu/assert'
import { loadManifests } from '../../src/manifest/load-manifests.ts'
import type { VmSpec } from '../../src/manifest/spec.ts'
import { suite } from '../suite.ts'
import { loadText, manifestWith } from './support.ts'

const test = suite('loading manifests')

async function specsOf(text: string): Promise<VmSpec[]> {
  const { documents, diagnostics } = await loadText(text)
  assert.equal(diagnostics, [])
  return documents.map(({ spec }) => spec)
}

test('a short manifest gets every default', async () => {
  assert.equal(await specsOf(manifestWith('')), [
    {
      name: 'vm',
      labels: {},
      kernel: { image: 'builtin:hello', cmdline: 'console=ttyS0 reboot=k panic=-1', protocol: 'auto' },
      vcpus: { count: 1, sockets: 1, cores: 1, threads: 1 },
      cpu: { template: 'host', features: {} },
      memoryBytes: 128 * 1024 ** 2,
      firmware: { mptable: 'auto', acpi: 'auto' },
      console: { device: 'uart', maxSizeBytes: 16 * 1024 ** 2 },
      disks: [],
      networks: [],
      shares: [],
      rng: 'auto',
      restart: 'never',
      sandbox: 'best-effort',
      stopTimeoutMs: 30_000,
    },
  ])
})

test('a full manifest keeps every value', async () => {
  const text = `apiVersion: volt/v1
kind: MicroVM
metadata: { name: web-1, labels: { tier: front, example.org/team: a } }
kernel:
  image: ./vmlinuz
  sha256: ${'0a'.repeat(32)}
  initrd: ./initrd.img
  cmdline: [console=ttyS0, quiet]
  protocol: linux64
vcpus: { count: 16, sockets: 2, cores: 4, threads: 2 }
cpu: { features: { avx: false, rdrand: true } }
memory: 3GiB
numa:
  - { vcpus: "8-15,0,1", memory: 1GiB }
  - { vcpus: "2-7", memory: 2048MiB, distances: [30, 10] }
firmware: { mptable: false }
console: { device: none, maxSize: 64KiB }
disks:
  - { name: root, path: ./root.img, overlay: ./root.overlay, cache: unsafe, queues: 4, serial: R-1, discard: false }
  - name: data
    path: /srv/data.img
    readOnly: true
    rateLimit: { bandwidth: 10MiB/s, ops: { rate: 100, burst: 500 } }
networks:
  - { name: lan, tap: tap0, mac: 02:AB:00:00:00:01, mtu: 9000, queues: 2, preventSpoofing: false }
  - { name: out, user: { ports: ["8080:80"] }, rateLimit: { receive: 1MiB/s } }
rng: { rateLimit: { bandwidth: { rate: 1KiB/s, burst: 1MiB } } }
balloon: { target: 2GiB, freePageReporting: false, deflateOnOom: false, statsInterval: 10s }
shares:
  - { tag: src, directory: ./src }
  - { tag: www, directory: /srv/www, readOnly: true, cache: always }
sandbox: strict
stopTimeout: 1500ms
restart: never
readiness: { tcp: 8080, timeout: 2m }
`
  assert.equal(await specsOf(text), [
    {
      name: 'web-1',
      labels: { tier: 'front', 'example.org/team': 'a' },
      kernel: {
        image: './vmlinuz',
        sha256: '0a'.repeat(32),
        initrd: './initrd.img',
        cmdline: 'console=ttyS0 quiet',
        protocol: 'linux64',
      },
      vcpus: { count: 16, sockets: 2, cores: 4, threads: 2 },
      cpu: { template: 'host', features: { avx: false, rdrand: true } },
      memoryBytes: 3 * 1024 ** 3,
      numa: [
        { vcpus: [0, 1, 8, 9, 10, 11, 12, 13, 14, 15], memoryBytes: 1024 ** 3, distances: [10, 30] },
        { vcpus: [2, 3, 4, 5, 6, 7], memoryBytes: 2 * 1024 ** 3, distances: [30, 10] },
      ],
      firmware: { mptable: false, acpi: 'auto' },
      console: { device: 'none', maxSizeBytes: 64 * 1024 },
      disks: [
        {
          name: 'root',
          path: './root.img',
          readOnly: false,
          overlay: './root.overlay',
          cache: 'unsafe',
          serial: 'R-1',
          queues: 4,
          discard: false,
        },
        {
          name: 'data',
          path: '/srv/data.img',
          readOnly: true,
          overlay: false,
          cache: 'writeback',
          serial: 'data',
          queues: 1,
          discard: false,
          rateLimit: {
            bandwidth: { perSecond: 10 * 1024 ** 2, burst: 10 * 1024 ** 2 },
            ops: { perSecond: 100, burst: 500 },
          },
        },
      ],
      networks: [
        { name: 'lan', tap: 'tap0', mac: '02:ab:00:00:00:01', mtu: 9000, queues: 2, preventSpoofing: false },
        {
          name: 'out',
          user: { ports: ['8080:80'] },
          mac: '02:ae:77:89:7c:07',
          mtu: 1500,
          queues: 1,
          preventSpoofing: true,
          rateLimit: { receive: { perSecond: 1024 ** 2, burst: 1024 ** 2 } },
        },
      ],
      rng: { rateLimit: { bandwidth: { perSecond: 1024, burst: 1024 ** 2 } } },
      balloon: {
        targetBytes: 2 * 1024 ** 3,
        freePageReporting: false,
        deflateOnOom: false,
        statsIntervalMs: 10_000,
      },
      shares: [
        { tag: 'src', directory: './src', readOnly: false, cache: 'auto' },
        { tag: 'www', directory: '/srv/www', readOnly: true, cache: 'always' },
      ],
      restart: 'never',
      readiness: { tcp: 8080, timeoutMs: 120_000 },
      sandbox: 'strict',
      stopTimeoutMs: 1500,
    },
  ])
})

test('without memory a machine has what its NUMA nodes have together', async () => {
  const nodes = 'numa: [{ vcpus: "0", memory: 96MiB }, { vcpus: "1", memory: 32MiB }]\n'
  assert.is((await specsOf(manifestWith(`vcpus: 2\n${nodes}`)))[0]?.memoryBytes, 128 * 1024 ** 2)
  assert.is((await specsOf(manifestWith(`vcpus: 2\nmemory: 128MiB\n${nodes}`)))[0]?.memoryBytes, 128 * 1024 ** 2)
})

test('an entropy device is there, is not, or is left to the compiler', async () => {
  const rngOf = async (extra: string) => (await specsOf(manifestWith(extra)))[0]?.rng
  assert.equal(await Promise.all(['', 'rng: true\n', 'rng: {}\n', 'rng: false\n'].map(rngOf)), ['auto', {}, {}, undefined]) // prettier-ignore
})

test('a balloon is there when it is asked for, and leaves the guest all of its memory by default', async () => {
  const balloonOf = async (extra: string) => (await specsOf(manifestWith(extra)))[0]?.balloon
  const all = (mib: number) => ({
    ...{ targetBytes: mib * 1024 ** 2, freePageReporting: true, deflateOnOom: true },
    statsIntervalMs: 1000,
  })
  assert.is(await balloonOf(''), undefined)
  assert.is(await balloonOf('balloon: false\n'), undefined)
  assert.equal(await balloonOf('balloon: true\n'), all(128))
  assert.equal(await balloonOf('balloon: {}\nmemory: 1GiB\n'), all(1024))
  assert.equal(await balloonOf('balloon: true\nnuma: [{ vcpus: "0", memory: 96MiB }]\n'), all(96))
})

test('a disk may write and discard, unless it is read-only; its serial number is its name', async () => {
  const disks = 'disks: [{ name: a, path: ./a }, { name: b, path: ./b, readOnly: true }]\n'
  const [spec] = await specsOf(manifestWith(disks))
  const brief = spec?.disks.map(({ readOnly, discard, overlay, serial }) => [readOnly, discard, overlay, serial])
  assert.equal(brief, [[false, true, false, 'a'], [true, false, false, 'b']]) // prettier-ignore
})

test('labels that are names of object properties are labels', async () => {
  const [spec] = await specsOf(
    manifestWith('').replace('name: vm', 'name: vm, labels: { constructor: a, toString: b }'),
  )
  assert.equal(Object.entries(spec?.labels ?? {}), [['constructor', 'a'], ['toString', 'b']]) // prettier-ignore
})

test('anchors and aliases stand for what they name, also when a name is given again', async () => {
  const labels = 'labels: { a: &x one, b: *x, c: &x two, d: *x }'
  const [spec] = await specsOf(manifestWith('').replace('name: vm', `name: vm, ${labels}`))
  assert.equal(spec?.labels, { a: 'one', b: 'one', c: 'two', d: 'two' })
})

test('an alias to a mapping gives each place a value of its own', async () => {
  const { documents } = await loadText(manifestWith('vcpus: &v { count: 2 }\nmemory: 64MiB\n'))
  assert.equal(documents[0]?.spec.vcpus, { count: 2, sockets: 1, cores: 2, threads: 1 })
})

test('hexadecimal and exponent numbers of YAML 1.2 are numbers', async () => {
  const specs = await specsOf([manifestWith('vcpus: 0x10\n'), manifestWith('vcpus: 1e1\n', 'two')].join('---\n'))
  assert.equal(specs.map(({ vcpus }) => vcpus.count), [16, 10]) // prettier-ignore
})

test('CR LF, a byte order mark, comments and empty documents change nothing', async () => {
  const text = `\ufeff# one\n---\n${manifestWith('# two\n')}---\n---\n`.replaceAll('\n', '\r\n')
  assert.is((await specsOf(text)).length, 1)
})

test('valid documents come out beside wrong ones, with their place in the file', async () => {
  const text = [manifestWith('', 'one'), manifestWith('vcpus: 0\n', 'two'), 'a: [\n', manifestWith('', 'four')]
  const { documents, diagnostics } = await loadText(text.join('---\n'))
  assert.equal(documents.map(({ spec, index }) => [spec.name, index]), [['one', 0], ['four', 3]]) // prettier-ignore
  assert.ok(diagnostics.every(({ start }) => start.line >= 10 && start.line <= 13))
})

test('a problem of a field that is written is placed at its value', async () => {
  const { documents } = await loadText(manifestWith('vcpus: 2\nmemory: 64MiB\n'))
  const found = documents[0]?.diagnose({ code: 'V202', message: 'too small', pointer: '/memory', hint: 'more' })
  assert.equal([found?.start, found?.end], [{ line: 6, column: 9 }, { line: 6, column: 14 }]) // prettier-ignore
  assert.equal([found?.severity, found?.hint, found?.pointer], ['error', 'more', '/memory'])
})

test('a problem of a field that is not written is placed at what is around it', async () => {
  const { documents } = await loadText(`# first\n${manifestWith('')}`)
  const at = (pointer: string) => documents[0]?.diagnose({ code: 'V202', message: 'x', pointer }).start
  assert.equal(at('/memory'), { line: 2, column: 1 })
  assert.equal(at('/kernel/cmdline'), { line: 5, column: 9 })
  assert.equal(at('/no/such/field'), { line: 2, column: 1 })
})

test('relative paths start from the directory of the file', async () => {
  const { documents } = await loadManifests('manifests/hello.yaml')
  for (const document of documents) assert.is(document.directory, resolve('manifests'))
  const { documents: own, file } = await loadText(manifestWith(''))
  assert.ok(own[0] !== undefined && file.startsWith(own[0].directory))
})

test('"-" reads standard input', () => {
  const module = new URL('../../src/manifest/load-manifests.ts', import.meta.url).href
  const script = `import { loadManifests } from ${JSON.stringify(module)}
    const { file, documents } = await loadManifests('-')
    console.log(JSON.stringify([file, documents[0].spec.name, documents[0].directory]))`
  const options = { input: manifestWith('', 'piped'), encoding: 'utf8', timeout: 60_000 } as const
  const cwd = fileURLToPath(new URL('../..', import.meta.url))
  const args = ['--import', 'tsx', '--input-type=module', '-e', script]
  const { stdout, stderr } = spawnSync(process.execPath, args, { ...options, cwd })
  assert.equal(JSON.parse(stdout || JSON.stringify(stderr)), ['<stdin>', 'piped', resolve(cwd)])
})

test.run()
