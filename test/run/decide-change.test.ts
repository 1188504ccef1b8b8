// What apply does for each state of a VM.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { BootPlan } from '../../src/plan/boot-plan.gen.ts'
import { decideChange } from '../../src/run/decide-change.ts'
import { planFileText, type RunnableVm } from '../../src/run/runnable-vm.ts'
import { overlayFile } from '../../src/run/own-overlays.ts'
import { keepBooted } from '../../src/run/running-version.ts'
import { projectNamed } from '../../src/state/project-name.ts'
import { vmFiles } from '../../src/state/vm-files.ts'
import type { VmRecord } from '../../src/state/vm-record.ts'
import type { VmState, VmStatus } from '../../src/state/vm-state.ts'
import { diskSpec, machineSpec } from '../plan/support/images.ts'
import { suite } from '../suite.ts'
import { MIB, vmWithDisk } from './support-disks.ts'

const test = suite('deciding what apply does')

const spec = machineSpec(2, { name: 'web' })
const vm: RunnableVm = {
  name: 'web',
  plan: { files: [], devices: [] } as unknown as BootPlan,
  digest: 'sha256:new',
  sources: {},
  files: new Map(),
  spec,
}

/** What apply does and why, for people. */
async function decided(status: VmStatus, wanted = vm): Promise<{ kind: string; reasons: string[] }> {
  const { kind, reasons } = await decideChange(wanted, status)
  return { kind, reasons: reasons.map(({ text }) => text) }
}

function status(state: VmState, record: Partial<VmRecord> | undefined): VmStatus {
  return {
    name: 'web',
    files: vmFiles(projectNamed('lab', '/nowhere'), 'web'),
    record: record as VmRecord | undefined,
    state,
  }
}

test('starts what was never started', async () => {
  assert.equal(await decided(status({ kind: 'never' }, undefined)), { kind: 'start', reasons: ['new'] })
})

test('starts what died, stopped or has a damaged record, and says so', async () => {
  const record = { digest: 'sha256:new', manifest: spec }
  assert.equal(await decided(status({ kind: 'died', cause: 'killed' }, record)), {
    kind: 'start',
    reasons: ['died (killed)'],
  })
  const damaged = await decided(status({ kind: 'damaged', problem: 'cut off' }, undefined))
  assert.equal(damaged, { kind: 'start', reasons: ['cut off'] })
})

test('does nothing when the same plan runs', async () => {
  assert.equal(await decided(status({ kind: 'running', paused: false }, { digest: 'sha256:new', manifest: spec })), {
    kind: 'none',
    reasons: [],
  })
})

test('records labels without a restart', async () => {
  const change = await decided(
    status({ kind: 'running', paused: false }, { digest: 'sha256:new', manifest: { ...spec, labels: { a: 'b' } } }),
  )
  assert.equal(change, { kind: 'record', reasons: ['metadata.labels.a: b → none'] })
})

test('restarts when another plan runs, and gives the reason', async () => {
  const before = { digest: 'sha256:old', manifest: machineSpec(1, { name: 'web' }) }
  assert.equal(await decided(status({ kind: 'running', paused: false }, before)), {
    kind: 'restart',
    reasons: ['vcpus: 1 → 2'],
  })
})

test('restarts with a reason even when the old plan cannot be read', async () => {
  assert.equal(await decided(status({ kind: 'running', paused: false }, { digest: 'sha256:old', manifest: null })), {
    kind: 'restart',
    reasons: ['boot plan'],
  })
})

test('restarts for a disk of the same size in another file, which the plan does not name', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'volt-decide-'))
  const files = vmFiles(projectNamed('lab', directory), 'web')
  await mkdir(files.directory, { recursive: true })
  const change = async (before: RunnableVm, after: RunnableVm) => {
    await writeFile(files.plan, planFileText(before))
    const record = { digest: before.digest, manifest: null } as VmRecord
    return decided({ name: 'web', files, record, state: { kind: 'running', paused: false } }, after)
  }
  assert.equal(await change(vmWithDisk('/a.img'), vmWithDisk('/a.img')), { kind: 'none', reasons: [] })
  const reasons = ['disk-root: /a.img → /b.img']
  assert.equal(await change(vmWithDisk('/a.img'), vmWithDisk('/b.img')), { kind: 'restart', reasons })
  const own = vmWithDisk('/a.img', {}, 'state:overlay-root')
  const moved = await change(own, vmWithDisk('/a.img', {}, '/o'))
  assert.equal(moved, { kind: 'restart', reasons: ['overlay-root: state:overlay-root → /o'] })
  assert.equal(await change(vmWithDisk('/a.img'), own), { kind: 'restart', reasons: ['boot plan: devices'] })
  await rm(directory, { recursive: true })
})

test('names the content of a disk that Volt makes beside what else differs, as it takes what the guest wrote', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'volt-decide-'))
  const files = vmFiles(projectNamed('lab', directory), 'web')
  await mkdir(files.overlays, { recursive: true })
  const made = (image: string, memoryBytes: number): RunnableVm => {
    const machine = vmWithDisk(image, {}, 'state:overlay-root')
    const disks = [diskSpec('root', { overlay: true, from: { directory: './root' } })]
    return { ...machine, spec: machineSpec(1, { name: 'web', memoryBytes, disks }) }
  }
  const [before, after] = [made('/store/disks/1', 64 * MIB), made('/store/disks/2', 96 * MIB)]
  await writeFile(files.plan, planFileText(before))
  await writeFile(join(files.overlays, overlayFile('overlay-root', '/store/disks/1')), '')
  const record = { digest: before.digest, manifest: before.spec } as unknown as VmRecord
  const running: VmStatus = { name: 'web', files, record, state: { kind: 'running', paused: false } }
  const reasons = ['memory: 64MiB → 96MiB', 'disks.root: its content']
  assert.equal(await decided(running, after), { kind: 'replace', reasons })
  assert.equal(await decided(running, made('/store/disks/2', 64 * MIB)), { kind: 'replace', reasons: reasons.slice(1) })
  await rm(directory, { recursive: true })
})

test('makes a live change again when the guest has rebooted out of it, whatever the clock says', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'volt-decide-'))
  const files = vmFiles(projectNamed('lab', directory), 'web')
  await mkdir(files.directory, { recursive: true })
  const limit = (perSecond: number) => vmWithDisk('/a.img', { rateLimit: { ops: { perSecond, burst: perSecond } } })
  const [before, after] = [limit(100), limit(200)]
  const status = (digest: string): VmStatus => {
    const record = { digest, manifest: null } as VmRecord
    return { name: 'web', files, record, state: { kind: 'running', paused: false } }
  }
  const started = '{"formatVersion":1,"event":"started","time":"1970-01-01T00:00:00.000Z","pid":1,"vcpus":1}\n'
  await writeFile(files.events, started)
  await writeFile(files.plan, planFileText(before))
  const { kind, requests, stops } = await decideChange(after, status(before.digest))
  const limits = { ops: { perSecond: 200, burst: 200 } }
  assert.equal([kind, stops, requests], ['live', false, [{ request: 'rate', device: 'disk-root', limits }]])

  await keepBooted(status(before.digest))
  await writeFile(files.plan, planFileText(after))
  // Killed before the record was written: what runs is known by the plan.
  assert.is((await decideChange(after, status(before.digest))).kind, 'record')
  assert.is((await decideChange(after, status(after.digest))).kind, 'none')
  await writeFile(files.events, started + started)
  assert.equal(await decided(status(after.digest), after), {
    kind: 'live',
    reasons: ['boot plan: devices', 'its guest has rebooted since the last change'],
  })
  assert.is((await decideChange(before, status(after.digest))).kind, 'record')
  await writeFile(files.booted, '{"formatVersion":1,"pl')
  assert.is((await decideChange(after, status(after.digest))).kind, 'none')
  await rm(directory, { recursive: true })
})

test('takes a plan that is cut off, empty or of another version for one that cannot be read', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'volt-decide-'))
  const files = vmFiles(projectNamed('lab', directory), 'web')
  await mkdir(files.directory, { recursive: true })
  for (const text of ['', 'null', '{"formatVersion":1,"dig', '{"formatVersion":2,"plan":{"machines":[]}}']) {
    await writeFile(files.plan, text)
    const record = { digest: vm.digest, manifest: spec } as unknown as VmRecord
    const change = await decideChange(vm, { name: 'web', files, record, state: { kind: 'running', paused: false } })
    assert.is(change.kind, 'none', text)
  }
  await rm(directory, { recursive: true })
})

test.run()
