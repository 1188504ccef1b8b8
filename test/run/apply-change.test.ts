// What a start that fails before the machine exists leaves of a VM's state: never less than a guest wrote.
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, open, readdir, readFile, rm, truncate, writeFile, type FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { applyChange } from '../../src/run/apply-change.ts'
import type { Change } from '../../src/run/decide-change.ts'
import { planFileText, type RunnableVm } from '../../src/run/runnable-vm.ts'
import { projectNamed } from '../../src/state/project.ts'
import { vmFiles } from '../../src/state/vm-files.ts'
import type { VoltError } from '../../src/volt-error.ts'
import { overlayOver } from '../manifest/corpus-images.ts'
import { suite } from '../suite.ts'
import { whyNoMachines } from '../vm/kvm.ts'
import { MIB, vmWithDisk } from './support-disks.ts'

const test = suite('starts that fail')
const skip = whyNoMachines()
let directory = ''
let kvm: FileHandle

test.before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'volt-apply-'))
  kvm = await open('/dev/null')
})
test.after(async () => {
  await kvm.close()
  await rm(directory, { recursive: true })
})

/** Applies the VM as one that was never started, which must fail; its files and the error's code. */
async function failingStart(vm: RunnableVm) {
  const project = projectNamed('lab', directory)
  const files = vmFiles(project, vm.name)
  const status = { name: vm.name, files, record: undefined, state: { kind: 'never' } } as const
  const change: Change = { kind: 'start', reasons: ['new'] }
  const error: unknown = await applyChange({ project, vm, status, change, kvm }).then(
    () => new Error('it started'),
    (thrown: unknown) => thrown,
  )
  return { files, code: (error as VoltError).code, message: (error as VoltError).message }
}

test('a new machine leaves nothing', async () => {
  const { files, code } = await failingStart(vmWithDisk('/none.img', {}, 'state:overlay-root'))
  assert.is(code, 'FILE_UNREADABLE')
  assert.not.ok(existsSync(files.directory))
})

test.skipIf(skip, 'one with an overlay from before keeps it, with the plan that says over what', async () => {
  const image = join(directory, 'root.img')
  await writeFile(image, '')
  await truncate(image, MIB)
  const vm = vmWithDisk(image, {}, 'state:overlay-root')
  const { directory: state, overlays, plan } = vmFiles(projectNamed('lab', directory), vm.name)
  await mkdir(overlays, { recursive: true })
  const written = overlayOver(MIB)
  written.writeUInt8(1, 8192)
  await writeFile(join(overlays, 'overlay-root'), written)
  await writeFile(plan, planFileText(vm))

  // The descriptor of KVM is none: volt-vmm refuses it.
  assert.is((await failingStart(vm)).code, 'KVM_MISSING')
  assert.equal((await readdir(state)).sort(), ['overlays', 'plan.json'])
  assert.equal(await readFile(join(overlays, 'overlay-root')), written)

  const moved = await failingStart(vmWithDisk(join(directory, 'other.img'), {}, 'state:overlay-root'))
  assert.is(moved.code, 'DISK_INVALID')
  assert.match(moved.message, `lies over ${image}, and the image is`)
  assert.equal(await readFile(join(overlays, 'overlay-root')), written)
  assert.is(await readFile(plan, 'utf8'), planFileText(vm))
})

test.run()
