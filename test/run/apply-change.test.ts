// What a start that fails before the machine exists leaves of a VM's state: never less than a guest wrote.
import { existsSync } from 'node:fs'
import {
  copyFile,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  truncate,
  writeFile,
  type FileHandle,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import * as assert from 'uvu/assert'
import { applyChange } from '../../src/run/apply-change.ts'
import type { Change } from '../../src/run/decide-change.ts'
import { overlayFile } from '../../src/run/own-overlays.ts'
import type { RunnableVm } from '../../src/run/runnable-vm.ts'
import { projectNamed } from '../../src/state/project-name.ts'
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
  const change: Change = { kind: 'start', reasons: [{ text: 'new' }], requests: [], leaves: [], stops: false }
  const error: unknown = await applyChange({ project, vm, status, change, kvm, deleteData: false }).then(
    () => new Error('it started'),
    (thrown: unknown) => thrown,
  )
  return { files, code: (error as VoltError).code }
}

test('a new machine leaves nothing', async () => {
  const { files, code } = await failingStart(vmWithDisk('/none.img', {}, 'state:overlay-root'))
  assert.is(code, 'FILE_UNREADABLE')
  assert.not.ok(existsSync(files.directory))
})

test.skipIf(skip, 'one with an overlay from before keeps it, and leaves none that it made', async () => {
  const image = join(directory, 'root.img')
  await writeFile(image, '')
  await truncate(image, MIB)
  const vm = vmWithDisk(image, {}, 'state:overlay-root')
  const { directory: state, overlays } = vmFiles(projectNamed('lab', directory), vm.name)
  await mkdir(overlays, { recursive: true })
  const written = overlayOver(MIB)
  written.writeUInt8(1, 8192)
  const kept = join(overlays, overlayFile('overlay-root', image))
  await writeFile(kept, written)

  // The descriptor of KVM is none: volt-vmm refuses it.
  assert.is((await failingStart(vm)).code, 'KVM_MISSING')
  assert.equal((await readdir(state)).sort(), ['overlays'])
  assert.equal(await readFile(kept), written)

  const other = join(directory, 'other.img')
  await copyFile(image, other)
  assert.is((await failingStart(vmWithDisk(other, {}, 'state:overlay-root'))).code, 'KVM_MISSING')
  assert.equal(await readdir(overlays), [basename(kept)])
  assert.equal(await readFile(kept), written)
})

test.run()
