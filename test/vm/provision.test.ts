// provision over the life of a machine: a disk more, and secrets that are nowhere but on it.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { helloManifest, type Ended, type Workplace } from '../cli/volt.ts'
import { suite } from '../suite.ts'
import { whyNoMachines } from './kvm.ts'
import { withPlace } from './place.ts'

const test = suite('provision')
const skip = whyNoMachines() || (existsSync('/usr/bin/xorriso') ? false : 'there is no xorriso')

const SECRET = 'correct horse battery staple'
const KEY = 'ssh-ed25519 AAAAsecretkey deploy'
const env = { TOKEN: SECRET, DEPLOY_KEY: KEY }
const manifest = (hostname = 'web'): string => `${helloManifest({ cmdline: 'stay', stopTimeout: '300ms' })}provision:
  hostname: ${hostname}
  sshKeys: [{ env: DEPLOY_KEY }]
  userData:
    password: { env: TOKEN }
`

const withEnv = (place: Workplace, ...args: string[]): Promise<Ended> => place.finish(place.start(args, { env }))

/** Files below the directory with either secret in them. */
function filesWithSecrets(directory: string): string[] {
  const paths = readdirSync(directory, { recursive: true, encoding: 'utf8' }).map((name) => join(directory, name))
  return paths.filter((path) => {
    if (!statSync(path).isFile()) return false
    const text = readFileSync(path, 'latin1')
    return text.includes(SECRET) || text.includes(KEY)
  })
}

test.skipIf(skip, 'the secrets are on the disk and in nothing that Volt says or keeps besides', async () => {
  await withPlace({ 'vm.yaml': manifest() }, async (place) => {
    const said: Ended[] = []
    const volt = async (...args: string[]): Promise<Ended> => {
      const ended = await withEnv(place, ...args)
      said.push(ended)
      return ended
    }
    await volt('validate', 'vm.yaml')
    await volt('plan', 'vm.yaml')
    await volt('plan', '--json', 'vm.yaml')
    await volt('plan', '-o', 'saved.json', 'vm.yaml')
    const shown = await volt('plan', '--show-manifest', 'vm.yaml')
    assert.match(shown.stdout, '(env TOKEN)')
    assert.match(shown.stdout, '(env DEPLOY_KEY)')
    const applied = await volt('apply', '--json', 'vm.yaml')
    assert.is(applied.code, 0, applied.stderr)
    const seed = join(place.stateHome, 'volt', 'lab', 'hello', 'seed.iso')
    assert.equal(filesWithSecrets(place.stateHome), [seed])
    assert.is(statSync(seed).mode & 0o777, 0o600)
    assert.is((await volt('plan', '--detailed-exitcode', 'vm.yaml')).code, 0)
    await place.write('vm.yaml', manifest('other'))
    assert.match((await volt('plan', 'vm.yaml')).stdout, 'provision.hostname')
    assert.is((await volt('apply', '--yes', 'vm.yaml')).code, 0)
    assert.is((await volt('restart', 'hello')).code, 0)
    for (const verb of ['inspect', 'events', 'logs', 'timeline']) await volt(verb, 'hello')
    await volt('inspect', '--json', 'hello')
    await volt('ps', '--json')
    for (const { stdout, stderr } of said) {
      assert.not.match(stdout + stderr, SECRET)
      assert.not.match(stdout + stderr, KEY)
    }
    assert.equal(filesWithSecrets(place.stateHome), [seed])
    assert.equal(filesWithSecrets(place.directory), [])
    assert.is((await volt('destroy', 'hello')).code, 0)
    assert.not.ok(existsSync(seed))
  })
})

test.skipIf(skip, 'a variable that is not set stops apply before anything is ended', async () => {
  await withPlace({ 'vm.yaml': manifest() }, async (place) => {
    assert.is((await withEnv(place, 'apply', 'vm.yaml')).code, 0)
    await place.write('vm.yaml', manifest('other'))
    const { code, stderr } = await place.volt('apply', '--yes', 'vm.yaml')
    assert.is(code, 64)
    assert.match(stderr, 'DEPLOY_KEY')
    assert.match((await place.volt('ps')).stdout, 'running')
  })
})

test.skipIf(skip, 'run makes a disk without a name', async () => {
  await withPlace({ 'vm.yaml': manifest().replace('stay', '') }, async (place) => {
    const child = place.start(['run', 'vm.yaml'], { env: { ...env, XDG_RUNTIME_DIR: place.directory } })
    const { code, stderr } = await place.finish(child)
    assert.is(code, 0, stderr)
    assert.equal(readdirSync(place.directory), ['vm.yaml'])
  })
})

test.run()
