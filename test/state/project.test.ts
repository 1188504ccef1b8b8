// Names, bindings and removal of projects.
import { mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import {
  allProjects,
  bindProject,
  boundDirectory,
  checkBinding,
  removeEmptyProject,
  vmNames,
} from '../../src/state/project.ts'
import { projectNamed, projectNameOf } from '../../src/state/project-name.ts'
import { withProjectLock } from '../../src/state/project-lock.ts'
import { makeStateDirectory } from '../../src/state/state-directory.ts'
import { stateHome } from '../../src/state/state-home.ts'
import { VoltError } from '../../src/volt-error.ts'
import { suite } from '../suite.ts'

const test = suite('projects')

async function withHome(body: (home: string) => Promise<void>): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'volt-state-'))
  try {
    await body(home)
  } finally {
    await rm(home, { recursive: true })
  }
}

async function codeOf(work: () => unknown): Promise<string | undefined> {
  try {
    await work()
    return undefined
  } catch (error) {
    return error instanceof VoltError ? error.code : String(error)
  }
}

test('takes its name from the last part of the directory', () => {
  assert.is(projectNameOf('/srv/web'), 'web')
  assert.is(projectNameOf('/srv/My Project (2)'), 'my-project-2')
  assert.is(projectNameOf('/'), 'default')
  assert.is(projectNameOf('/srv/日本'), 'default')
  assert.is(projectNameOf(`/srv/${'a'.repeat(62)}-b`), 'a'.repeat(62))
})

test('refuses names that would leave the state directory', async () => {
  for (const name of ['', '..', '.', 'a/b', '-a', 'A', 'a'.repeat(64)]) {
    assert.is(await codeOf(() => projectNamed(name, '/nowhere')), 'USAGE', name)
  }
})

test('belongs to the directory that bound it first', async () => {
  await withHome(async (home) => {
    const project = projectNamed('web', home)
    assert.is(await boundDirectory(project), undefined)
    makeStateDirectory(project.stateDirectory)
    await bindProject(project, '/srv/a/web')
    assert.is(await boundDirectory(project), '/srv/a/web')
    await bindProject(project, '/srv/a/web')
    assert.is(await codeOf(() => bindProject(project, '/srv/b/web')), 'PROJECT_MISMATCH')
    assert.is(await codeOf(() => checkBinding(project, '/srv/b/web')), 'PROJECT_MISMATCH')
    assert.is(await boundDirectory(project), '/srv/a/web')
  })
})

test('says that a damaged binding is damaged instead of binding anew', async () => {
  await withHome(async (home) => {
    const project = projectNamed('web', home)
    makeStateDirectory(project.stateDirectory)
    await writeFile(join(project.stateDirectory, 'project.json'), '{"formatVersion":1,"pa')
    assert.is(await codeOf(() => bindProject(project, '/srv/web')), 'STATE_INVALID')
  })
})

test('makes its directory for the user alone', async () => {
  await withHome(async (home) => {
    const project = projectNamed('web', join(home, 'deep', 'volt'))
    makeStateDirectory(project.stateDirectory)
    assert.is((await stat(project.stateDirectory)).mode & 0o777, 0o700)
    assert.is((await stat(join(home, 'deep', 'volt'))).mode & 0o777, 0o700)
  })
})

test('cannot be where no directory can be made: an error at once, with what to set', async () => {
  await withHome(async (home) => {
    await writeFile(join(home, 'file'), '')
    const options = { command: 'volt apply', timeoutMs: 60_000 }
    for (const place of [join(home, 'file'), join(home, 'file', 'volt'), '/proc/nowhere/volt', '/proc']) {
      const project = projectNamed('web', place)
      assert.is(await codeOf(() => makeStateDirectory(project.stateDirectory)), 'STATE_UNWRITABLE', place)
      assert.is(await codeOf(() => withProjectLock(project, options, () => Promise.resolve())), 'STATE_UNWRITABLE')
    }
    assert.is(await codeOf(() => allProjects(join(home, 'file'))), 'STATE_UNREADABLE')
  })
})

test('is removed when it has no VMs left, and only then', async () => {
  await withHome(async (home) => {
    const project = projectNamed('web', home)
    makeStateDirectory(join(project.stateDirectory, 'vm-1'))
    await bindProject(project, '/srv/web')
    await removeEmptyProject(project)
    assert.equal(await vmNames(project), ['vm-1'])
    assert.is(await boundDirectory(project), '/srv/web')
    await rm(join(project.stateDirectory, 'vm-1'), { recursive: true })
    await removeEmptyProject(project)
    assert.equal(await allProjects(home), [])
  })
})

test('lists projects by name and nothing else that lies there', async () => {
  await withHome(async (home) => {
    for (const name of ['web', 'data', 'Not A Project']) await mkdir(join(home, name))
    await writeFile(join(home, 'file'), '')
    await symlink(home, join(home, 'link'))
    assert.equal(
      (await allProjects(home)).map(({ name }) => name),
      ['data', 'web'],
    )
  })
})

test('keeps state under XDG_STATE_HOME when that is absolute', () => {
  assert.is(stateHome({ XDG_STATE_HOME: '/x/state' }), '/x/state/volt')
  assert.match(stateHome({ XDG_STATE_HOME: 'relative' }), /^\/.*\/\.local\/state\/volt$/)
  assert.match(stateHome({}), /^\/.*\/\.local\/state\/volt$/)
})

test.run()
