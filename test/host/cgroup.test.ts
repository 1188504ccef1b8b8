// Cgroups of Volt's own: where they may be, whose they are, and how those go that nobody holds.
import { mkdir, mkdtemp, readdir, rm, rmdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { enableController, findCgroupPlace, findMount } from '../../src/host/cgroup-place.ts'
import { makeCgroup, removeCgroup, removeLeftOver, sweepCgroups } from '../../src/host/cgroup.ts'
import { suite } from '../suite.ts'

const test = suite('cgroups')
const place = await findCgroupPlace()
const skip = 'reason' in place ? place.reason : false
const directory = 'directory' in place ? place.directory : ''
const name = `test-${process.pid}`
const own = async (): Promise<string[]> => (await readdir(directory)).filter((entry) => entry.includes(name))

test('cgroup v2 is found where it is mounted, alone or beside version 1, with spaces in its path', () => {
  const v1 = '30 25 0:26 / /sys/fs/cgroup/cpu rw shared:9 - cgroup cgroup rw,cpu'
  const line = (root: string, point: string) => `29 25 0:25 ${root} ${point} rw,nosuid shared:8 - cgroup2 cgroup2 rw`
  assert.equal(findMount(line('/', '/sys/fs/cgroup')), { root: '/', point: '/sys/fs/cgroup' })
  assert.equal(findMount(`${v1}\n${line('/box', '/a\\040b')}\n`), { root: '/box', point: '/a b' })
  assert.is(findMount(v1), undefined)
})

test('a controller is enabled once, where it is available and the cgroup takes it', async () => {
  const fake = await mkdtemp(join(tmpdir(), 'volt-cgroup-'))
  try {
    await writeFile(join(fake, 'cgroup.controllers'), 'cpu memory\n')
    await writeFile(join(fake, 'cgroup.subtree_control'), 'memory\n')
    assert.is(await enableController(fake, 'memory'), undefined)
    assert.is(await enableController(fake, 'cpu'), undefined)
    assert.match((await enableController(fake, 'io')) ?? '', /the controller io is not available in /)
    await rm(join(fake, 'cgroup.subtree_control'))
    await mkdir(join(fake, 'cgroup.subtree_control'))
    assert.match((await enableController(fake, 'cpu')) ?? '', /the controller cpu cannot be enabled in .*EISDIR/)
  } finally {
    await rm(fake, { recursive: true })
  }
})

test.skipIf(skip, 'a name that is held gets a number, and one that is left over is taken', async () => {
  const first = await makeCgroup(directory, name)
  const second = await makeCgroup(directory, name)
  assert.is(second.path, `${first.path}-2`)
  assert.not(await removeLeftOver(first.path))
  await first.handle.close()
  const third = await makeCgroup(directory, name)
  assert.is(third.path, first.path)
  for (const { handle, path } of [second, third]) {
    await handle.close()
    assert.ok(await removeCgroup(path))
  }
  assert.equal(await own(), [])
})

test.skipIf(skip, 'a sweep removes what nobody holds, and nothing else', async () => {
  const held = await makeCgroup(directory, name)
  const left = await makeCgroup(directory, `${name}-left`)
  await left.handle.close()
  await mkdir(join(directory, `other-${name}`))
  await sweepCgroups()
  assert.equal((await own()).sort(), [`other-${name}`, `volt-${name}`])
  await held.handle.close()
  await sweepCgroups()
  assert.equal(await own(), [`other-${name}`])
  await rmdir(join(directory, `other-${name}`))
})

test.run()
