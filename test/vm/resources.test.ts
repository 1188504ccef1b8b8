// What a machine is given of the host, and what limits it, as the kernel sees it.
import { readdirSync, readFileSync } from 'node:fs'
import * as assert from 'uvu/assert'
import { findCgroupPlace, enableController } from '../../src/host/cgroup-place.ts'
import { suite } from '../suite.ts'
import { freePages, givePagesBack, takePages, whyNoHugePages } from './huge-page-pool.ts'
import { whyNoMachines } from './kvm.ts'
import { machineOf, ps, withPlace } from './place.ts'

const test = suite('resources of a machine')
const skip = whyNoMachines()
const GUEST_PAGES = 32
const manifest = (fields: string): string => `apiVersion: volt/v1
kind: MicroVM
metadata: { name: hello }
kernel: { image: 'builtin:hello', cmdline: stay }
memory: 64MiB
stopTimeout: 300ms
${fields}
`
const place = await findCgroupPlace()
const whyNoCpu = 'reason' in place ? place.reason : ((await enableController(place.directory, 'cpu')) ?? false)
const whyNoPages = skip || whyNoHugePages(GUEST_PAGES)

/** Where the threads of a process may run, by their names. */
function processorsOf(pid: number): Record<string, string> {
  const threads = readdirSync(`/proc/${pid}/task`).map((task) => {
    const status = readFileSync(`/proc/${pid}/task/${task}/status`, 'utf8')
    return [/^Name:\t(.*)$/m.exec(status)?.[1] ?? '', /^Cpus_allowed_list:\t(.*)$/m.exec(status)?.[1] ?? ''] as const
  })
  return Object.fromEntries(threads)
}

interface Inspected {
  resources: { cgroup?: string; limits: object; missing: { field: string }[]; pin?: string[]; hugePages?: string }
}

test.skipIf(
  skip,
  'a pinned vCPU runs where its manifest says, under the filter, and others where they did',
  async () => {
    await withPlace({ 'vm.yaml': manifest('vcpus: { count: 2, pin: "0" }') }, async (place) => {
      const { code, stderr } = await place.volt('apply', 'vm.yaml')
      assert.is(code, 0, stderr)
      const [vm] = await ps(place)
      const threads = processorsOf(machineOf(vm?.pid))
      assert.equal([threads['vcpu0'], threads['vcpu1']], ['0', '0'])
      assert.is(threads['volt-vmm'], processorsOf(process.pid)['node'] ?? threads['volt-vmm'])
      const { resources } = JSON.parse((await place.volt('inspect', '--json', 'hello')).stdout) as Inspected
      assert.equal(resources.pin, ['0'])
      assert.match((await place.volt('inspect', 'hello')).stdout, /^vCPUs +on processors 0 of the host$/m)
      assert.is((await place.volt('plan', '--detailed-exitcode', 'vm.yaml')).code, 0)
      await place.write('vm.yaml', manifest('vcpus: { count: 2, pin: ["0", "0-8191"] }'))
      const refused = await place.volt('apply', '--yes', 'vm.yaml')
      assert.is(refused.code, 4, refused.stderr)
      assert.match(refused.stderr, /HOST_ERROR.*vcpus\.pin names processors 0-8191, and the host has /)
      assert.equal(
        (await ps(place)).map(({ state, pid }) => [state, pid]),
        [['running', vm?.pid]],
        'nothing was ended for it',
      )
    })
  },
)

test.skipIf(skip, 'too few huge pages are an error before anything starts', async () => {
  await withPlace({ 'vm.yaml': manifest('hugePages: 2MiB\n').replace('64MiB', '1TiB') }, async (place) => {
    for (const command of ['apply', 'run']) {
      const { code, stderr } = await place.volt(command, 'vm.yaml')
      assert.is(code, 4, stderr)
      assert.match(stderr, /needs 524288 huge pages of 2MiB, and the host has \d+ of \d+ free/)
      assert.match(stderr, /nr_hugepages/)
    }
    assert.equal(await ps(place), [])
  })
})

test.skipIf(whyNoPages, 'guest memory in huge pages has all of them from the start to the end', async () => {
  const before = takePages(GUEST_PAGES)
  try {
    const free = freePages()
    await withPlace({ 'vm.yaml': manifest('hugePages: 2MiB') }, async (place) => {
      const { code, stderr } = await place.volt('apply', 'vm.yaml')
      assert.is(code, 0, stderr)
      assert.is(freePages(), free - GUEST_PAGES)
      assert.match((await place.volt('inspect', 'hello')).stdout, /^huge pages +of 2MiB$/m)
      assert.is((await place.volt('destroy', '--yes', 'hello')).code, 0)
      assert.is(freePages(), free)
      await place.write(
        'once.yaml',
        manifest('hugePages: 2MiB\nvcpus: { count: 2, pin: "0" }').replace('cmdline: stay', "cmdline: ''"),
      )
      for (const options of [[], ['--in-process']]) {
        const { code, stderr } = await place.volt('run', ...options, 'once.yaml')
        assert.is(code, 0, stderr)
        assert.is(freePages(), free)
      }
    })
  } finally {
    givePagesBack(before)
  }
})

test.skipIf(
  skip || (!whyNoCpu && 'the host can limit processors'),
  'a limit that cannot be is told, and refused by strict',
  async () => {
    const limited = manifest('resources: { cpu: 1.5, cpuWeight: 50 }')
    await withPlace({ 'vm.yaml': limited, 'strict.yaml': `${limited}sandbox: strict\n` }, async (place) => {
      const { code, stderr } = await place.volt('apply', 'vm.yaml')
      assert.is(code, 0, stderr)
      assert.match(stderr, /2 of 2 limits are not in force: resources\.cpu, resources\.cpuWeight: /)
      assert.match((await place.volt('inspect', 'hello')).stdout, /^no limit +resources\.cpuWeight: /m)
      const { resources } = JSON.parse((await place.volt('inspect', '--json', 'hello')).stdout) as Inspected
      assert.equal(resources.limits, {})
      assert.equal(
        resources.missing.map(({ field }) => field),
        ['resources.cpu', 'resources.cpuWeight'],
      )
      assert.match((await place.volt('plan', '--details', 'vm.yaml')).stdout, /limits 1\.5 processors' worth of time/)
      const strict = await place.volt('apply', '--yes', 'strict.yaml')
      assert.is(strict.code, 4)
      assert.match(strict.stderr, /the sandbox is strict and the host cannot limit resources\.cpu/)
      assert.is((await place.volt('run', 'strict.yaml')).code, 4)
    })
  },
)

test.run()
