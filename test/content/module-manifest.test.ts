// Modules that a manifest names, of a kernel in the store: what the command line makes of them, and says of wrong ones.
import { existsSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { makeWorkplace, type Ended, type Workplace } from '../cli/volt.ts'
import { UNPACK_FILE } from '../../src/host/built-files.ts'
import { buildDeb } from '../store/support/build-deb.ts'
import { moduleOf } from '../store/support/build-module.ts'
import { buildVmlinux } from '../store/support/pack-kernel.ts'
import { suite } from '../suite.ts'
import { writeTree } from './support-trees.ts'

const test = suite('command line: modules of a stored kernel')
const skip = existsSync(UNPACK_FILE) ? false : 'volt-unpack is not built'
const RELEASE = '6.1.0-9-test'
let place: Workplace
let data = ''

test.before(async () => {
  place = await makeWorkplace({})
  data = join(place.directory, '../data')
  await writeTree(join(place.directory, 'root'), { 'init*': '#!/bin/sh\n' })
  const moduleAt = (name: string, ...depends: string[]) => ({
    name: `./lib/modules/${RELEASE}/kernel/${name}.ko`,
    content: moduleOf(name, depends),
  })
  const members = [
    { name: `./boot/vmlinux-${RELEASE}`, content: buildVmlinux(4096) },
    moduleAt('virtio_mmio'),
    moduleAt('virtio_blk', 'virtio_ring'),
    moduleAt('virtio_ring'),
    moduleAt('broken', 'nothing'),
  ]
  await writeFile(join(place.directory, 'kernel.deb'), buildDeb({ members }))
})
test.after(() => place.remove())

function volt(...args: string[]): Promise<Ended> {
  return place.finish(place.start(args, { env: { XDG_DATA_HOME: data } }))
}

async function withModules(modules: string, image = 'k@6.1'): Promise<void> {
  const kernel = `kernel:\n  image: ${image}\n  initrd: { directory: ./root, modules: [${modules}] }\n`
  const head = 'apiVersion: volt/v1\nkind: MicroVM\nmetadata: { name: web }\n'
  await writeFile(join(place.directory, 'vm.yaml'), head + kernel)
}

test.skipIf(skip, 'inspect says how many there are', async () => {
  assert.is((await volt('kernel', 'import', 'kernel.deb', '--name', 'k')).code, 0)
  assert.match((await volt('kernel', 'inspect', 'k')).stdout, /^modules +4 \(.*\), and 0 in the kernel itself$/m)
  const { kernel } = JSON.parse((await volt('kernel', 'inspect', 'k', '--json')).stdout) as { kernel: { modules: { count: number } } } // prettier-ignore
  assert.is(kernel.modules.count, 4)
})

test.skipIf(skip, 'volt.lock holds the archive with its modules', async () => {
  const locked = async (): Promise<string> => {
    assert.is((await volt('lock', '--update-all', 'vm.yaml')).code, 0)
    const { manifests } = parse(await readFile(join(place.directory, 'volt.lock'), 'utf8')) as { manifests: Record<string, Record<string, { initrd: { sha256: string } }>> } // prettier-ignore
    return manifests['vm.yaml']?.['web']?.initrd.sha256 ?? ''
  }
  await withModules('virtio_mmio')
  const first = await locked()
  await withModules('virtio_mmio, virtio-blk')
  const second = await locked()
  assert.not.equal(first, second)
  assert.ok((await readdir(join(data, 'volt/blobs/sha256'))).includes(second))
  const archive = await readFile(join(data, 'volt/blobs/sha256', second))
  assert.ok(archive.includes('kernel/virtio_mmio.ko\nkernel/virtio_ring.ko\nkernel/virtio_blk.ko\n'))
})

test.skipIf(skip, 'a wrong name is pointed at, with what may have been meant', async () => {
  await withModules('virtio_mmio, virtio_blck')
  const { code, stderr } = await volt('validate', 'vm.yaml')
  assert.is(code, 3, stderr)
  assert.match(stderr, 'error[V115]: this kernel has no module virtio_blck')
  assert.match(stderr, /--> vm\.yaml:6:\d+\n/)
  assert.match(stderr, 'did you mean virtio_blk?')
  await withModules('broken')
  assert.match((await volt('validate', 'vm.yaml')).stderr, 'needs nothing, which this kernel does not have')
})

test.skipIf(skip, 'a kernel that has none is told with how to get one that has', async () => {
  await writeFile(join(place.directory, 'vmlinux'), buildVmlinux(8192))
  assert.is((await volt('kernel', 'import', 'vmlinux', '--name', 'bare@1')).code, 0)
  for (const image of ['./vmlinux', 'bare']) {
    await withModules('ext4', image)
    const { stderr } = await volt('validate', 'vm.yaml')
    assert.match(stderr, `error[V115]: the kernel ${image} has no modules`)
    assert.match(stderr, 'volt kernel pull debian-cloud')
  }
})

test.skipIf(skip, 'a kernel that is not there is all that is told', async () => {
  await withModules('ext4', 'nothing@1')
  const { stderr } = await volt('validate', 'vm.yaml')
  assert.match(stderr, 'error[V101]')
  assert.not.match(stderr, 'V115')
})

test.run()
