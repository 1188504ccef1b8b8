// What a machine costs the host beside its guest's memory: the proportional set size of its process and its keeper's.
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { helloManifest, type Workplace } from '../cli/volt.ts'
import { suite } from '../suite.ts'
import { whyNoMachines } from './kvm.ts'
import { processesOf } from './kill/leftovers.ts'
import { withPlace } from './place.ts'

const test = suite('memory of a machine')
const skip = whyNoMachines()
/** The goal is 2048. */
const LIMIT_KIB = 2560
const GUEST_MIB = 128
const SETTLE_MS = 500

/** KiB of a process by /proc/PID/smaps, without the mapping of its guest's memory. */
async function shareOf(pid: number): Promise<number> {
  const mappings = (await readFile(`/proc/${pid}/smaps`, 'utf8')).split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m)
  const figure = (mapping: string, name: string): number =>
    Number(new RegExp(`^${name}: +(\\d+) kB`, 'm').exec(mapping)?.[1] ?? 0)
  const isGuest = (mapping: string): boolean =>
    figure(mapping, 'Size') === GUEST_MIB * 1024 && / rw-[ps] /.test(mapping.split('\n', 1)[0] ?? '')
  return mappings.filter((mapping) => !isGuest(mapping)).reduce((sum, mapping) => sum + figure(mapping, 'Pss'), 0)
}

/** KiB of each process, by its first words. */
async function costOf(place: Workplace): Promise<Record<string, number>> {
  const { code, stderr } = await place.volt('apply', 'vm.yaml')
  assert.is(code, 0, stderr)
  await sleep(SETTLE_MS)
  const costs: Record<string, number> = {}
  for (const { pid, command } of processesOf(place.stateHome)) {
    const [program = '', word = ''] = command.split(' ')
    costs[`${basename(program)} ${word}`] = await shareOf(pid)
  }
  return costs
}

const sum = (costs: Record<string, number>): number => Object.values(costs).reduce((all, cost) => all + cost, 0)

const bare = helloManifest({ cmdline: 'stay', stopTimeout: '0s' }) + 'rng: false\n'

test.skipIf(skip, `one vCPU and ${GUEST_MIB} MiB cost at most ${LIMIT_KIB} KiB more`, async () => {
  await withPlace({ 'vm.yaml': bare }, async (place) => {
    const costs = await costOf(place)
    console.log(`${sum(costs)} KiB beside the guest's memory: ${JSON.stringify(costs)}`)
    assert.is(Object.keys(costs).length, 2)
    assert.ok(sum(costs) <= LIMIT_KIB, JSON.stringify(costs))
  })
})

test.skipIf(skip, 'with a disk, a network and a vsock it is told', async () => {
  const devices = 'disks: [{ name: data, path: ./data.img }]\nnetworks: [{ user: true }]\nvsock: true\n'
  await withPlace({ 'vm.yaml': bare + devices, 'data.img': '\0'.repeat(512) }, async (place) => {
    const costs = await costOf(place)
    console.log(`with a disk, a network and a vsock ${sum(costs)} KiB: ${JSON.stringify(costs)}`)
    assert.is(Object.keys(costs).length, 4)
  })
})

test.run()
