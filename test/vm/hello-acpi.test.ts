// The hello guest on an ACPI machine: it starts what the MADT names, falls back on the MP table, and ends by the registers it was told of.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { BootPlan } from '../../src/plan/boot-plan.gen.ts'
import { parsePlanFile } from '../../src/plan/plan-file.ts'
import { makeWorkplace, type Ended, type Workplace } from '../cli/volt.ts'
import { savePlan } from '../lab/alter-plan.ts'
import { suite } from '../suite.ts'
import { eventually, whyNoMachines } from './kvm.ts'

const test = suite('hello by ACPI')
const skip = whyNoMachines()
let place: Workplace

test.before(async () => {
  place = await makeWorkplace()
})
test.after(() => place.remove())

async function writeManifest(cmdline: string, fields: Record<string, unknown>): Promise<void> {
  const kernel = { image: 'builtin:hello', cmdline }
  const manifest = { apiVersion: 'volt/v1', kind: 'MicroVM', metadata: { name: 'hello' }, kernel, ...fields }
  await place.write('vm.yaml', JSON.stringify(manifest))
}

async function run(cmdline: string, fields: Record<string, unknown>): Promise<Ended> {
  await writeManifest(cmdline, fields)
  return place.volt('run', '--quiet', 'vm.yaml')
}

/** Runs four processors by a plan in which one extent's bytes were changed. */
async function runAltered(label: string, change: (bytes: Buffer) => void): Promise<Ended> {
  await writeManifest('', { vcpus: 4 })
  const planned = await place.volt('plan', '-o', 'plan.json', 'vm.yaml')
  assert.is(planned.code, 0, planned.stderr)
  const { plan, sources } = parsePlanFile(await readFile(join(place.directory, 'plan.json'), 'utf8'))
  alter(plan, label, change)
  await place.write('altered.json', savePlan(plan, sources))
  return place.volt('run', '--quiet', 'altered.json')
}

function alter(plan: BootPlan, label: string, change: (bytes: Buffer) => void): void {
  const from = plan.load.find((item) => item.label === label)?.from
  if (from === undefined || !('data' in from)) throw new Error(`the plan has no ${label}`)
  const bytes = Buffer.from(from.data, 'base64')
  change(bytes)
  from.data = bytes.toString('base64')
}

/** What each processor says: its id in the table, and the id it has by itself. */
function processorsOf({ stdout }: Ended, second: string): [number, number][] {
  const row = new RegExp(`^ *(\\d+) +${second} +(?:bootstrap|application) +(\\d+) +\\d+ +\\d+ +\\d+\\r$`, 'gm')
  return [...stdout.matchAll(row)].map(([, listed, own]) => [Number(listed), Number(own)])
}

/** Each id once, listed and answered by itself. */
function expectProcessors(ended: Ended, second: string, ids: number[]): void {
  assert.is(ended.code, 0, ended.stderr)
  assert.equal(processorsOf(ended, second), ids.map((id) => [id, id])) // prettier-ignore
  assert.match(ended.stdout, `hello: ${ids.length} of ${ids.length} processors answered\r\n`)
}

const idsTo = (highest: number): number[] => Array.from({ length: highest + 1 }, (_, id) => id)
const BY_UID = '\\d+'
const BY_VERSION = '0x14'

test.skipIf(skip, 'four processors are found in the MADT, where there is an MP table too', async () => {
  const ended = await run('', { vcpus: 4 })
  expectProcessors(ended, BY_UID, idsTo(3))
  assert.match(ended.stdout, 'Processors in the MADT')
  assert.match(ended.stdout, /^ACPI +root pointer 0xe0000, XSDT 0x[0-9a-f]+, revision 2\r$/m)
  assert.match(ended.stdout, /^ +FACP 276 bytes, APIC \d+ bytes, DSDT \d+ bytes\r$/m)
  assert.match(ended.stdout, /^I\/O APIC +id 4, at 0xfec00000, from GSI 0\r$/m)
  assert.match(ended.stdout, /^MP table +pointer 0x9fc00/m)
})

test.skipIf(skip, '254 processors are found in the MP table where ACPI is off', async () => {
  const ended = await run('', { vcpus: 254, firmware: { acpi: false } })
  expectProcessors(ended, BY_VERSION, idsTo(253))
  assert.match(ended.stdout, /^ACPI +not found\r$/m)
  assert.match(ended.stdout, 'Processors in the MP table')
})

test.skipIf(skip, '300 processors are found in the MADT, those above 254 in x2APIC mode, and none is 255', async () => {
  const ended = await run('', { vcpus: { count: 300, sockets: 1, cores: 300, threads: 1 } })
  expectProcessors(ended, BY_UID, idsTo(300).filter((id) => id !== 255)) // prettier-ignore
  assert.match(ended.stdout, /^MP table +not found\r$/m)
})

test.skipIf(skip, 'acpi=off leaves ACPI aside', async () => {
  const ended = await run('acpi=off', { vcpus: 4 })
  expectProcessors(ended, BY_VERSION, idsTo(3))
  assert.match(ended.stdout, /^ACPI +left aside: acpi=off\r$/m)
})

test.skipIf(skip, 'the root pointer is found by its signature where boot_params do not tell it', async () => {
  const ended = await runAltered('zero-page', (bytes) => {
    assert.is.not(bytes.readBigUInt64LE(0x70), 0n)
    bytes.writeBigUInt64LE(0n, 0x70)
  })
  expectProcessors(ended, BY_UID, idsTo(3))
  assert.match(ended.stdout, 'root pointer 0xe0000')
})

for (const label of ['acpi.rsdp', 'acpi.xsdt', 'acpi.madt']) {
  test.skipIf(skip, `the MP table is used where the checksum of ${label} is wrong`, async () => {
    const ended = await runAltered(label, (bytes) => void bytes.writeUInt8(bytes.readUInt8(9) ^ 1, 9))
    expectProcessors(ended, BY_VERSION, idsTo(3))
    assert.match(ended.stdout, label === 'acpi.rsdp' ? /^ACPI +not found\r$/m : /the table at 0x[0-9a-f]+ is damaged/)
  })
}

test.skipIf(skip, 'poweroff ends the machine by the register of the FADT', async () => {
  const { code, stdout, stderr } = await run('poweroff', { vcpus: 2 })
  assert.equal([code, stderr.includes('hello: poweroff: ')], [0, true], stderr)
  assert.match(stdout, 'hello: powering off')
})

test.skipIf(skip, 'poweroff becomes a reset where there is no ACPI', async () => {
  const { code, stdout, stderr } = await run('poweroff', { firmware: { acpi: false } })
  assert.equal([code, stderr.includes('hello: reset: ')], [0, true], stderr)
  assert.match(stdout, 'hello: no \\_S5 in ACPI to power off by')
})

test.skipIf(skip, 'panic is told from a reset', async () => {
  const { code, stderr } = await run('panic', {})
  assert.equal([code, stderr.includes('hello: panic: ')], [20, true], stderr)
})

for (const [cmdline, stopTimeout, expected] of [
  ['stay obey', '30s', 'obeyed the power button'],
  ['stay', '1s', 'did not power off within 1 s'],
] as const) {
  test.skipIf(skip, `"${cmdline}" on its command line: the guest ${expected}`, async () => {
    await writeManifest(cmdline, { vcpus: 2, stopTimeout })
    const applied = await place.volt('apply', '--yes', 'vm.yaml')
    assert.is(applied.code, 0, applied.stderr)
    try {
      await eventually(async () => (await place.volt('logs', 'hello')).stdout.includes('staying'), 'the guest stays')
      const stopped = await place.volt('stop', 'hello')
      assert.is(stopped.code, 0, stopped.stderr)
      assert.match(stopped.stderr, expected)
    } finally {
      await place.volt('destroy', 'hello')
    }
  })
}

test.run()
