// Stock Debian kernels under Volt, on real kvm_amd in the lab: one lab boot for many guests.
// timeout: 3000 s
import * as assert from 'uvu/assert'
import { copyFile, mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { HostFacts } from '../../src/plan/host-facts.gen.ts'
import { loadVms } from '../../src/run/load-vms.ts'
import { suite } from '../suite.ts'
import { ACPI_GUESTS, writeAcpiGuests } from './acpi-guests.ts'
import { checkBootLog } from './assert-boot-log.ts'
import { checkGuestFacts } from './assert-guest-facts.ts'
import { bootAll } from './boot-all.ts'
import { compileManifest } from './compile-manifest.ts'
import { CUT_GUESTS, writeCutGuests } from './cut-guests.ts'
import { DEBIAN_ANSWERS, DEBIAN_GUEST, writeDebianGuest } from './debian-guest.ts'
import { ALTERED, GUESTS, writeGuests } from './guests.ts'
import { missingLab } from './missing-lab.ts'
import type { Cut } from './power-cut.ts'
import { POWER_GUESTS, writePowerGuests } from './power-guests.ts'
import { VHOST_ANSWERS, VHOST_GUEST, writeVhostGuest } from './vhost-guest.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'volt-lab')

const reason = missingLab('prepare', 'make-image')
const test = suite('lab: Debian 6.1')
let directory = ''
let host: HostFacts

if (reason === false) {
  test.before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'volt-lab-test-'))
    const facts = await readFile(new URL('../fixtures/host-facts/amd-epyc-svm-lab.json', import.meta.url), 'utf8')
    host = JSON.parse(facts) as HostFacts
    await writeGuests(join(directory, 'guests'), cache, host)
    await writeAcpiGuests(join(directory, 'guests'), cache)
    await writePowerGuests(join(directory, 'guests'), cache)
    await writeCutGuests(join(directory, 'guests'), cache)
    await writeDebianGuest(join(directory, 'guests'), cache)
    await writeVhostGuest(join(directory, 'guests'), cache)
    await bootAll(join(directory, 'guests'), join(directory, 'results'))
  })
  test.after(() => rm(directory, { recursive: true, force: true }))
}

/** A file that the job left; empty when it did not come to that. */
async function result(name: string): Promise<string> {
  return readFile(join(directory, 'results', name), 'utf8').catch(() => '')
}

/** What runByApply() leaves. */
function expectedStop(name: string, reason: string, ended: string) {
  const answer = { project: 'guests', name, was: 'running', ended }
  const how = reason === 'stopped' ? 'on request' : reason
  return { answer, description: `stopped (${how})`, alive: false }
}

for (const { name, vcpus } of GUESTS) {
  test.skipIf(reason, `${name} finds its MP table and all processors, and reboots`, async () => {
    assert.equal(checkBootLog(await result(`${name}.log`), vcpus), [], await result(`${name}.end`))
    assert.is(await result(`${name}.status`), '0', await result(`${name}.end`))
  })
}

for (const { name, notices } of ALTERED) {
  test.skipIf(reason, `${name}: the assertions notice it`, async () => {
    const log = await result(`${name}.log`)
    assert.match(log, /volt-lab: \d+ processor/, await result(`${name}.end`))
    assert.match(checkBootLog(log, 2).join('\n'), notices)
  })
}

for (const guest of ACPI_GUESTS) {
  test.skipIf(
    reason,
    `${guest.name} has the tables of its plan, all processors in their places, and no complaint`,
    async () => {
      const { plan } = await compileManifest(join(directory, 'guests', `${guest.name}.yaml`), host)
      const log = await result(`${guest.name}.log`)
      assert.equal(checkGuestFacts(log, guest, plan), [], log + (await result(`${guest.name}.end`)))
      assert.match(await result(`${guest.name}.end`), '"reason":"poweroff"')
    },
  )
}

for (const { name, reason: stopReason, status, ended } of POWER_GUESTS) {
  const title = ended ? `volt stop says ${ended}` : `it ends with ${stopReason}`
  test.skipIf(reason, `${name}: ${title}`, async () => {
    const how = await result(`${name}.end`)
    assert.is(await result(`${name}.status`), String(status), how)
    if (ended === undefined) assert.match(how, `"reason":"${stopReason}"`)
    else assert.equal(JSON.parse(how), expectedStop(name, stopReason, ended))
  })
}

for (const { name, cache: mode } of CUT_GUESTS) {
  const title = mode === 'unsafe' ? 'what was promised is not kept' : 'what fsync answered is there afterwards'
  test.skipIf(reason, `${name}: ${title}`, async () => {
    const how = await result(`${name}.end`)
    assert.is(await result(`${name}.status`), '0', how + (await result(`${name}.log`)))
    const { durable, found, flushes, replay } = JSON.parse(how) as Cut & { replay?: string }
    assert.ok(durable >= 5, how)
    if (mode === 'unsafe') return assert.ok(found < durable, how)
    assert.is(found, durable, how)
    if (replay !== undefined) return assert.match(replay, 'recovering journal')
    // No answer before fsync came back, and one after each.
    assert.is(flushes.early, 0, how)
    assert.ok(flushes.syncs >= durable && flushes.answered >= durable, how)
  })
}

test.skipIf(
  reason,
  'Debian boots from a virtio disk, installs a package over passt, answers on a forwarded port and a vsock, gives memory back, and reads what it wrote to disks',
  async () => {
    const log = await result(`${DEBIAN_GUEST}.log`)
    for (const answer of DEBIAN_ANSWERS) assert.ok(log.includes(answer), `${answer} is missing in ${log.slice(-3000)}`)
    assert.match(await result(`${DEBIAN_GUEST}.end`), '"reason":"poweroff"')
  },
)

test.skipIf(
  reason,
  "files go each way through the kernel's vhost-net, and a tap that is gone is a link down",
  async () => {
    const log = await result(`${VHOST_GUEST}.log`)
    for (const answer of VHOST_ANSWERS) assert.ok(log.includes(answer), `${answer} is missing in ${log.slice(-3000)}`)
    assert.match(await result(`${VHOST_GUEST}.end`), '"reason":"poweroff"')
  },
)

test.skipIf(reason, "manifests/debian.yaml is valid with Debian's kernel beside it", async () => {
  const manifest = join(directory, 'debian.yaml')
  await copyFile(join(root, 'manifests/debian.yaml'), manifest)
  await symlink(join(cache, 'vmlinuz'), join(directory, 'vmlinuz'))
  await symlink(join(cache, 'guest.cpio'), join(directory, 'initrd.img'))
  const { vms, diagnostics } = await loadVms(manifest)
  for (const vm of vms) await vm.close()
  assert.equal(diagnostics, [])
  assert.is(vms.length, 1)
})

test.run()
