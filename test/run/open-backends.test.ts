// The descriptors that the engine gets for disks: opened as the plan says, checked and locked.
import { spawn, type ChildProcess } from 'node:child_process'
import { constants } from 'node:fs'
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  truncate,
  writeFile,
  type FileHandle,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { identifyChild } from '../../src/host/process.ts'
import { closeBackends } from '../../src/run/backends.ts'
import { openBackends } from '../../src/run/open-backends.ts'
import { overlayFile, ownOverlays } from '../../src/run/own-overlays.ts'
import { projectNamed } from '../../src/state/project-name.ts'
import { vmFiles } from '../../src/state/vm-files.ts'
import { writeRecord } from '../../src/state/vm-record.ts'
import { VoltError } from '../../src/volt-error.ts'
import { overlayOver } from '../manifest/corpus-images.ts'
import { suite } from '../suite.ts'
import { eventually, whyNoMachines } from '../vm/kvm.ts'
import { MIB, vmWithDisk } from './support-disks.ts'

const test = suite('backends of a plan')
// Locks are taken by the addon.
const skip = whyNoMachines()
let directory = ''
let image = ''

test.before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'volt-backends-'))
  image = join(directory, 'root.img')
  await writeFile(image, '')
  await truncate(image, MIB)
  process.env['XDG_STATE_HOME'] = join(directory, 'state')
})
test.after(() => rm(directory, { recursive: true }))

/** Open flags of a descriptor of this process. */
async function accessMode({ fd }: Pick<FileHandle, 'fd'>): Promise<number> {
  const flags = /^flags:\s+(\d+)$/m.exec(await readFile(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1] ?? ''
  const closesOnExec = Number.parseInt(flags, 8) & 0o2000000
  assert.ok(closesOnExec !== 0, 'O_CLOEXEC')
  return Number.parseInt(flags, 8) & (constants.O_RDWR | constants.O_WRONLY | constants.O_NONBLOCK)
}

async function refusal(body: ReturnType<typeof openBackends>): Promise<VoltError> {
  try {
    await closeBackends(await body)
  } catch (error) {
    assert.instance(error, VoltError)
    assert.equal(await openInDirectory(), [])
    return error as VoltError
  }
  throw new Error('they opened')
}

async function openInDirectory(): Promise<string[]> {
  const links = (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => ''))
  return (await Promise.all(links)).filter((target) => target.startsWith(directory))
}

test.skipIf(skip, 'an image is opened for writing, or only for reading', async () => {
  const written = await openBackends(vmWithDisk(image))
  assert.equal([...written.files.keys()], ['disk-root'])
  assert.is(await accessMode(written.files.get('disk-root') as FileHandle), constants.O_RDWR)
  await closeBackends(written)
  const read = await openBackends(vmWithDisk(image, { readOnly: true, discard: false }))
  assert.is(await accessMode(read.files.get('disk-root') as FileHandle), constants.O_RDONLY)
  await closeBackends(read)
})

test.skipIf(
  skip,
  'an overlay is made where it is missing, kept where it is there, and its image only read',
  async () => {
    const path = join(directory, 'root.overlay')
    const vm = vmWithDisk(image, {}, path)
    const first = await openBackends(vm)
    assert.equal([...first.files.keys()], ['disk-root', 'overlay-root'])
    assert.is(await accessMode(first.files.get('disk-root') as FileHandle), constants.O_RDONLY)
    const overlay = first.files.get('overlay-root') as FileHandle
    assert.is(await accessMode(overlay), constants.O_RDWR)
    assert.equal(await readFile(path), overlayOver(MIB))
    await overlay.write(Buffer.from([1]), 0, 1, 8192)
    await closeBackends(first)
    await closeBackends(await openBackends(vm))
    assert.is((await readFile(path))[8192], 1)
    await rm(path)
  },
)

test.skipIf(skip, "an overlay of Volt's own lies in the directory given, or nowhere", async () => {
  const vm = vmWithDisk(image, {}, 'state:overlay-root')
  const file = overlayFile('overlay-root', image)
  assert.equal([ownOverlays(vm), ownOverlays(vmWithDisk(image, {}, '/o'))], [[file], []])
  const overlays = join(directory, 'overlays')
  await mkdir(overlays)
  await closeBackends(await openBackends(vm, { directory, overlays, segments: directory }))
  assert.is((await stat(join(overlays, file))).size, overlayOver(MIB).length)
  const temporary = await openBackends(vm)
  assert.is((await (temporary.files.get('overlay-root') as FileHandle).stat()).nlink, 0)
  await closeBackends(temporary)
})

test.skipIf(skip, 'an image has one writer and no reader beside it, or any number of readers', async () => {
  const writer = vmWithDisk(image)
  const reader = vmWithDisk(image, { readOnly: true, discard: false })
  const writing = await openBackends(writer)
  for (const vm of [writer, reader]) {
    const lock = openBackends(vm)
    const error = await lock.then(closeBackends).catch((thrown: unknown) => thrown)
    assert.is((error as VoltError).code, 'DISK_LOCKED')
  }
  await closeBackends(writing)
  const [one, two] = [await openBackends(reader), await openBackends(vmWithDisk(image, {}, join(directory, 'o')))]
  const error = await openBackends(writer).catch((thrown: unknown) => thrown)
  assert.is((error as VoltError).code, 'DISK_LOCKED')
  await Promise.all([closeBackends(one), closeBackends(two)])
  await closeBackends(await openBackends(writer))
})

test.skipIf(skip, 'a lock is held by every copy of the descriptor, and its holder is named', async () => {
  const backends = await openBackends(vmWithDisk(image))
  const stdio = ['ignore', 'ignore', 'ignore', backends.files.get('disk-root')?.fd ?? -1] as const
  const holder = spawn('sleep', ['60'], { stdio: [...stdio] })
  try {
    await closeBackends(backends)
    const anonymous = await refusal(openBackends(vmWithDisk(image)))
    assert.is(anonymous.code, 'DISK_LOCKED')
    assert.is(anonymous.message, `${image} is being used by sleep (pid ${holder.pid})`)
    await recordAs('web', holder)
    const named = await refusal(openBackends(vmWithDisk(image, { readOnly: true, discard: false })))
    assert.is(named.message, `${image} is being written by the machine 'web' (pid ${holder.pid}) of the project 'lab'`)
  } finally {
    holder.kill('SIGKILL')
  }
  await eventually(
    () => openBackends(vmWithDisk(image)).then(closeBackends).then(() => true, () => false), // prettier-ignore
    'the lock went with the process',
  )
})

/** As if Volt had started the process as a machine. */
async function recordAs(name: string, { pid = 0 }: ChildProcess): Promise<void> {
  const files = vmFiles(projectNamed('lab'), name)
  await mkdir(files.directory, { recursive: true })
  const figures = { vcpus: 1, memoryBytes: MIB, powerButton: false, startedAt: new Date(0).toISOString() }
  await writeRecord(files.record, {
    formatVersion: 1,
    name,
    digest: '',
    manifest: null,
    ...figures,
    ...identifyChild(pid),
  })
}

test.skipIf(skip, 'what is not as the plan says is refused, and nothing stays open', async () => {
  const other = join(directory, 'other.img')
  await writeFile(other, Buffer.alloc(512))
  const cases: [image: string, overlay: string | undefined, code: string][] = [
    [other, undefined, 'DISK_INVALID'],
    [join(directory, 'none'), undefined, 'FILE_UNREADABLE'],
    [directory, undefined, 'FILE_UNREADABLE'],
    ['/dev/null', undefined, 'FILE_UNREADABLE'],
    [image, other, 'DISK_INVALID'],
    [image, join(directory, 'none', 'overlay'), 'FILE_UNREADABLE'],
  ]
  for (const [path, overlay, code] of cases) {
    const error = await refusal(openBackends(vmWithDisk(path, {}, overlay)))
    assert.is(error.code, code, `${path} ${overlay}`)
  }
  const { plan } = vmWithDisk(image)
  assert.is((await refusal(openBackends({ plan, sources: {} }))).code, 'PLAN_INVALID')
})

test.run()
