// virtiofsd's command lines, of its two kinds, and who cannot start it.
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { VMM_FILE } from '../../src/host/built-files.ts'
import { findVirtiofsd } from '../../src/run/find-virtiofsd.ts'
import { startHelpers } from '../../src/run/start-helper-programs.ts'
import { virtiofsdCommand, virtiofsdHelper } from '../../src/run/virtiofsd-command.ts'
import { VoltError } from '../../src/volt-error.ts'
import { suite } from '../suite.ts'

const test = suite('virtiofsd')
const DAEMON = '/usr/lib/qemu/virtiofsd'
const NOBODY = 65534
const share = { directory: '/srv/a,b\\c', readOnly: false, cache: 'none' } as const
let directory = ''

test.before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'volt-virtiofsd-'))
})
test.after(() => rm(directory, { recursive: true }))

/** Names a program that says `version`. */
async function nameDaemon(version: string): Promise<string> {
  const path = join(directory, 'daemon')
  await writeFile(path, `#!/bin/sh\necho '${version}'\n`)
  await chmod(path, 0o755)
  process.env['VOLT_VIRTIOFSD'] = path
  return path
}

async function refusal(work: Promise<unknown>): Promise<VoltError> {
  const error = await work.then(
    () => undefined,
    (cause: unknown) => cause,
  )
  assert.instance(error, VoltError)
  return error as VoltError
}

test('the one of QEMU: a comma in a path is none between options', () => {
  assert.equal(virtiofsdCommand({ path: '/v', kind: 'qemu' }, share), [
    ...['/v', '-f', '--fd=3', '-o', 'source=/srv/a\\,b\\\\c', '-o', 'cache=none'],
  ])
})

test('the one of QEMU reads only in a mount namespace where there is nothing to write', () => {
  const command = virtiofsdCommand({ path: '/v', kind: 'qemu' }, { ...share, readOnly: true })
  assert.equal(command.slice(0, 5), ['unshare', '--mount', '--', 'sh', '-c'])
  assert.match(command[5] ?? '', 'remount,bind,ro')
  assert.equal(command.slice(6, 8), [share.directory, '/v'])
})

test('the one in Rust: its own words', () => {
  assert.equal(virtiofsdCommand({ path: '/v', kind: 'rust' }, { ...share, readOnly: true }), [
    ...['/v', '--fd', '3', '--shared-dir', share.directory, '--cache', 'never', '--readonly'],
  ])
})

test('each is known by what it says of itself', async () => {
  const path = await nameDaemon('virtiofsd 1.10.0')
  assert.equal(await findVirtiofsd(), { path, kind: 'rust' })
  await nameDaemon('virtiofsd version 7.2.22\nusing FUSE kernel interface version 7.36')
  assert.equal(await findVirtiofsd(), { path, kind: 'qemu' })
})

test('one that is not there is named with its package', async () => {
  process.env['VOLT_VIRTIOFSD'] = '/nowhere'
  const named = await refusal(findVirtiofsd())
  assert.is(named.code, 'HOST_ERROR')
  assert.match(named.message, 'a share needs virtiofsd, and /nowhere, which VOLT_VIRTIOFSD names, is no program')
  delete process.env['VOLT_VIRTIOFSD']
  const path = process.env['PATH']
  process.env['PATH'] = '/nowhere'
  const { message, hint } = await refusal(findVirtiofsd([])).finally(() => (process.env['PATH'] = path))
  assert.match(message, 'a share needs virtiofsd, which is not installed')
  assert.match(hint ?? '', 'qemu-system-common')
})

test.skipIf(!existsSync(VMM_FILE) && 'volt-vmm is not built', 'what it says is kept up to a megabyte', async () => {
  const path = await nameDaemon('virtiofsd 1.10.0')
  await writeFile(path, '#!/bin/sh\necho virtiofsd 1.10.0\n[ "$1" = --version ] || head -c 2097152 /dev/zero\n')
  const log = join(directory, 'share-src.log')
  const { code, message } = await refusal(
    virtiofsdHelper('share-src', { ...share, directory, log }).then((helper) => startHelpers([helper])),
  )
  delete process.env['VOLT_VIRTIOFSD']
  assert.is(code, 'HOST_ERROR')
  assert.match(message, /^virtiofsd did not start: /)
  const said = await readFile(log, 'latin1')
  assert.is(said.slice(1 << 20), '\nvolt-vmm: the log is full\n')
})

const skip = process.geteuid?.() !== 0 ? 'only root can become another user' : !existsSync(DAEMON) && 'no virtiofsd'

test.skipIf(skip, 'the one of QEMU is not started by who is not root', async () => {
  process.env['VOLT_VIRTIOFSD'] = DAEMON
  process.seteuid?.(NOBODY)
  try {
    const { code, message } = await refusal(virtiofsdHelper('share-src', { ...share, directory }))
    assert.equal([code, message], ['HOST_ERROR', `a share needs root here: ${DAEMON} runs as nobody else`])
  } finally {
    process.seteuid?.(0)
  }
})

test.run()
