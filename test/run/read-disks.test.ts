// The disks of a manifest as files: what is found out without starting anything, and that nothing is left behind.
import { spawnSync } from 'node:child_process'
import { chmod, mkdtemp, readdir, readlink, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { DocumentProblem } from '../../src/manifest/load-manifests.ts'
import type { DiskSpec } from '../../src/manifest/spec.ts'
import { findSharedDisks } from '../../src/run/check-disk-sharing.ts'
import { readDisks, type LoadedDisk } from '../../src/run/read-disks.ts'
import { diskSpec } from '../plan/support/images.ts'
import { suite } from '../suite.ts'
import { MIB } from './support-disks.ts'

const test = suite('disks of a manifest')
let directory = ''

test.before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'volt-disks-'))
  await chmod(directory, 0o755)
  await writeFile(join(directory, 'root.img'), '', { mode: 0o644 })
  await truncate(join(directory, 'root.img'), MIB)
  await symlink('root.img', join(directory, 'link.img'))
})
test.after(() => rm(directory, { recursive: true }))

async function read(
  ...disks: DiskSpec[]
): Promise<{ loaded: (LoadedDisk | undefined)[]; problems: DocumentProblem[] }> {
  const problems: DocumentProblem[] = []
  return { loaded: await readDisks(disks, directory, problems), problems }
}

async function sharedBy(...machines: DiskSpec[][]): Promise<string[]> {
  const owners = []
  for (const [index, disks] of machines.entries()) {
    const { loaded, problems } = await read(...disks)
    assert.equal(problems, [])
    owners.push({ name: `vm${index}`, disks: loaded.filter((disk) => disk !== undefined) })
  }
  return findSharedDisks(owners).map(({ owner, problem }) => `${owner} ${problem.pointer}: ${problem.message}`)
}

test('size and absolute path are found out, nothing stays open and no overlay is made', async () => {
  const { loaded, problems } = await read(diskSpec('root'), diskSpec('root', { overlay: './new.overlay' }))
  assert.equal(problems, [])
  assert.equal(
    loaded.map((disk) => [disk?.source, disk?.sizeBytes, disk?.overlay]),
    [
      [join(directory, 'root.img'), MIB, undefined],
      [join(directory, 'root.img'), MIB, join(directory, 'new.overlay')],
    ],
  )
  const links = (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => ''))
  assert.equal((await Promise.all(links)).filter((target) => target.startsWith(directory)), []) // prettier-ignore
  assert.equal((await readdir(directory)).sort(), ['link.img', 'root.img'])
})

test('any number of disks may read an image or lie over it', async () => {
  const reads = { readOnly: true, discard: false }
  assert.equal(await sharedBy([diskSpec('root', reads)], [diskSpec('root', { overlay: true })], [diskSpec('root', reads)]), []) // prettier-ignore
})

test('a writer beside others is found by the file, not by its path, and said of the later one', async () => {
  const link = diskSpec('data', { path: 'link.img' })
  assert.equal(await sharedBy([diskSpec('root'), { ...link, readOnly: true }]), [
    "0 /disks/1/path: the image is used by the disk 'root' too, and written there",
  ])
  assert.equal(await sharedBy([{ ...link, readOnly: true }], [diskSpec('root')]), [
    "1 /disks/0/path: the image is used by 'vm0' too, and written here",
  ])
  const overlay = { overlay: './new.overlay' }
  assert.equal(await sharedBy([diskSpec('root', overlay)], [diskSpec('root', overlay)]), [
    "1 /disks/0/overlay: the overlay is used by 'vm0' too, and written there",
  ])
})

const unprivileged = process.getuid?.() === 0 ? false : 'only root can become another user'

test.skipIf(unprivileged, 'V107: an image that this user may only read, and only where it is written', async () => {
  const module = new URL('../../src/run/read-disks.ts', import.meta.url).href
  const script = `import { readDisks } from ${JSON.stringify(module)}
    process.setgroups([]); process.setgid(65534); process.setuid(65534)
    const problems = []
    const disk = ${JSON.stringify(diskSpec('root'))}
    await readDisks([disk, { ...disk, readOnly: true }, { ...disk, overlay: true }], ${JSON.stringify(directory)}, problems)
    console.log(JSON.stringify(problems.map(({ code, pointer }) => [code, pointer])))`
  const args = ['--import', 'tsx', '--input-type=module', '-e', script]
  const cwd = new URL('../..', import.meta.url).pathname
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd, encoding: 'utf8', timeout: 60_000 })
  assert.equal(JSON.parse(stdout || JSON.stringify(stderr)), [['V107', '/disks/0/path']])
})

test.run()
