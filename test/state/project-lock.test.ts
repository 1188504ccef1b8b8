// One change to a project at a time.
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { ADDON_FILE } from '../../src/host/built-files.ts'
import { withProjectLock, type LockHolder } from '../../src/state/project-lock.ts'
import { lockFileOf, removeEmptyProject } from '../../src/state/project.ts'
import { projectNamed, type Project } from '../../src/state/project-name.ts'
import type { VoltError } from '../../src/volt-error.ts'
import { suite } from '../suite.ts'

const test = suite('lock of a project')
const skip = existsSync(ADDON_FILE) ? false : 'volt.node is not built'

async function withProject(body: (project: Project) => Promise<void>): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'volt-lock-'))
  try {
    await body(projectNamed('lab', home))
  } finally {
    await rm(home, { recursive: true })
  }
}

test.skipIf(skip, 'is held by one at a time, in any order', async () => {
  await withProject(async (project) => {
    let inside = 0
    let most = 0
    const work = async (): Promise<void> => {
      most = Math.max(most, ++inside)
      await new Promise((done) => setTimeout(done, 20))
      inside--
    }
    await Promise.all([1, 2, 3, 4].map(() => withProjectLock(project, { command: 'x', timeoutMs: 10_000 }, work)))
    assert.is(most, 1)
  })
})

test.skipIf(skip, 'tells who waits about the holder, and gives up after the time', async () => {
  await withProject(async (project) => {
    await withProjectLock(project, { command: 'volt apply a.yaml', timeoutMs: 0 }, async () => {
      const holders: (LockHolder | undefined)[] = []
      const options = { command: 'b', timeoutMs: 250, onWait: (holder: LockHolder | undefined) => holders.push(holder) }
      const error: unknown = await withProjectLock(project, options, async () => undefined).catch(
        (caught: unknown) => caught,
      )
      assert.is((error as VoltError).code, 'STATE_LOCKED')
      assert.match((error as VoltError).message, `'volt apply a.yaml' (pid ${process.pid})`)
      assert.equal(holders, [{ pid: process.pid, command: 'volt apply a.yaml' }])
    })
  })
})

test.skipIf(skip, 'is released when the work fails', async () => {
  await withProject(async (project) => {
    const failing = withProjectLock(project, { command: 'x', timeoutMs: 0 }, () => Promise.reject(new Error('no')))
    assert.match(await failing.catch((error: Error) => error.message), 'no')
    assert.is(await withProjectLock(project, { command: 'x', timeoutMs: 0 }, async () => 'yes'), 'yes')
  })
})

test.skipIf(skip, 'excludes others also when its holder removes the project meanwhile', async () => {
  await withProject(async (project) => {
    let inside = 0
    const work = async (): Promise<void> => {
      assert.is(++inside, 1)
      await new Promise((done) => setTimeout(done, 5))
      inside--
      await removeEmptyProject(project)
    }
    for (let round = 0; round < 5; round++) {
      await Promise.all([1, 2, 3].map(() => withProjectLock(project, { command: 'x', timeoutMs: 10_000 }, work)))
    }
    assert.not.ok(existsSync(lockFileOf(project)))
  })
})

test.skipIf(skip, 'stops waiting when it is interrupted', async () => {
  await withProject(async (project) => {
    await withProjectLock(project, { command: 'x', timeoutMs: 0 }, async () => {
      const waiting = withProjectLock(
        project,
        { command: 'y', timeoutMs: 60_000, signal: AbortSignal.timeout(50) },
        async () => 'ran',
      )
      assert.not.match(await waiting.catch((error: Error) => error.name), 'ran')
      assert.match(await readFile(lockFileOf(project), 'utf8'), '"command":"x"')
    })
  })
})

test.run()
