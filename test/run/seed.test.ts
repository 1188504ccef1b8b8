// The disk for cloud-init: what is in it, that it is the same twice, and that references are text only there.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { openSeed } from '../../src/run/make-seed.ts'
import type { LoadedProvision } from '../../src/run/read-provision.ts'
import { seedContent } from '../../src/run/seed-content.ts'
import { SEED_BYTES, seedFile, withSeedImage } from '../../src/run/seed-disk.ts'
import { VoltError } from '../../src/volt-error.ts'
import { suite } from '../suite.ts'

const test = suite('the disk for cloud-init')
const withoutXorriso = existsSync('/usr/bin/xorriso') ? false : 'there is no xorriso'
const withoutCloudInit =
  spawnSync('cloud-init', ['--version']).status === 0 ? false : 'there is no cloud-init, whose schema checks user data'

const PROVISION: LoadedProvision = {
  hostname: 'web.example.org',
  sshKeys: ['ssh-ed25519 AAAAC3 me@desk', { env: 'DEPLOY_KEY' }],
  userData: {
    config: {
      packages: ['nginx'],
      write_files: [{ path: '/etc/token', content: { env: 'TOKEN' }, permissions: '0600' }],
      runcmd: [['echo', 'a: b # c']],
    },
  },
}
const ENVIRONMENT = { DEPLOY_KEY: 'ssh-rsa AAAAB3 deploy\n', TOKEN: 'first\nsecond: "x"' }

test('references become text, whatever is in it', () => {
  const { metaData, userData } = seedContent(PROVISION, ENVIRONMENT)
  const meta = parse(metaData) as Record<string, unknown>
  assert.match(String(meta['instance-id']), /^volt-[0-9a-f]{32}$/)
  assert.is(meta['local-hostname'], 'web.example.org')
  assert.equal(meta['public-keys'], ['ssh-ed25519 AAAAC3 me@desk', 'ssh-rsa AAAAB3 deploy'])
  assert.ok(userData.startsWith('#cloud-config\n'))
  assert.equal(parse(userData), {
    packages: ['nginx'],
    write_files: [{ path: '/etc/token', content: ENVIRONMENT.TOKEN, permissions: '0600' }],
    runcmd: [['echo', 'a: b # c']],
  })
})

test('the instance id follows from the content', () => {
  const idOf = (provision: LoadedProvision, environment = ENVIRONMENT): unknown =>
    (parse(seedContent(provision, environment).metaData) as Record<string, unknown>)['instance-id']
  assert.is(idOf(PROVISION), idOf({ ...PROVISION }))
  assert.is.not(idOf(PROVISION), idOf({ ...PROVISION, hostname: 'other' }))
  assert.is.not(idOf(PROVISION), idOf(PROVISION, { ...ENVIRONMENT, TOKEN: 'another' }))
})

test('a variable that is not set is named, and none that is set is shown', () => {
  try {
    seedContent(PROVISION, { DEPLOY_KEY: 'ssh-rsa SECRET' })
    assert.unreachable()
  } catch (error) {
    assert.instance(error, VoltError)
    const { code, message, hint = '' } = error as VoltError
    assert.is(code, 'USAGE')
    assert.match(message, 'TOKEN')
    assert.not.match(message + hint, 'SECRET')
  }
})

test('without user data there is an empty cloud-config; a reference alone is all of it', () => {
  assert.is(seedContent({ hostname: 'a', sshKeys: [] }, {}).userData, '#cloud-config\n{}\n')
  const whole = { hostname: 'a', sshKeys: [], userData: { config: { env: 'ALL' } } }
  assert.is(seedContent(whole, { ALL: '#!/bin/sh\n' }).userData, '#!/bin/sh\n')
})

test('what is declared changes its source, what the environment says does not', () => {
  const [image] = withSeedImage([], PROVISION)
  assert.is(image?.sizeBytes, SEED_BYTES)
  assert.equal(withSeedImage([], PROVISION), [image])
  assert.is.not(withSeedImage([], { ...PROVISION, hostname: 'b' })[0]?.source, image?.source)
  assert.equal(withSeedImage([], undefined), [])
})

async function inDirectory(body: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'volt-seed-'))
  const before = { ...process.env }
  Object.assign(process.env, ENVIRONMENT)
  try {
    await body(directory)
  } finally {
    for (const name of Object.keys(ENVIRONMENT)) delete process.env[name]
    Object.assign(process.env, before)
    await rm(directory, { recursive: true })
  }
}

test.skipIf(
  withoutXorriso,
  'the image has the label, both files, and is this user’s alone; twice the same',
  async () => {
    await inDirectory(async (directory) => {
      const handle = await openSeed({ provision: PROVISION }, { directory })
      const first = await handle.readFile()
      await handle.close()
      assert.is(first.length, SEED_BYTES)
      assert.is(first.toString('latin1', 0x8028, 0x8028 + 6), 'CIDATA')
      assert.equal(await readdir(directory), ['seed.iso'])
      assert.is((await stat(seedFile({ directory }))).mode & 0o777, 0o600)
      const listed = spawnSync('xorriso', ['-indev', seedFile({ directory }), '-find', '/', '-type', 'f'])
      assert.match(listed.stdout.toString(), "'/meta-data'\n'/user-data'")
      const again = await openSeed({ provision: PROVISION }, { directory })
      assert.ok(first.equals(await again.readFile()))
      await again.close()
      // A restart has no manifest: it takes what is there.
      const kept = await openSeed({}, { directory })
      assert.ok(first.equals(await kept.readFile()))
      await kept.close()
    })
  },
)

test.skipIf(withoutXorriso, 'without a state it has no name, and a saved plan has none', async () => {
  await inDirectory(async (directory) => {
    process.env['XDG_RUNTIME_DIR'] = directory
    const handle = await openSeed({ provision: PROVISION })
    assert.is((await handle.stat()).nlink, 0)
    await handle.close()
    for (const state of [undefined, { directory }]) {
      const error = await openSeed({}, state).catch((thrown: unknown) => thrown)
      assert.is((error as VoltError).code, 'FILE_UNREADABLE')
    }
    assert.equal(await readdir(directory), [])
  })
})

test.skipIf(withoutCloudInit, 'cloud-init takes the user data by its schema', async () => {
  await inDirectory(async (directory) => {
    const file = join(directory, 'user-data')
    await writeFile(file, seedContent(PROVISION, ENVIRONMENT).userData)
    const { status, stdout, stderr } = spawnSync('cloud-init', ['schema', '--config-file', file], { encoding: 'utf8' })
    assert.is(status, 0, stdout + stderr)
    assert.ok((await readFile(file, 'utf8')).includes('nginx'))
  })
})

test.run()
