// Private networks over the life of their machines. The guests have no driver: what is looked at is what the host keeps.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, chown, mkdir, readdir, readFile, readlink } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { helloManifest, type Workplace } from '../cli/volt.ts'
import { suite } from '../suite.ts'
import { eventually, whyNoMachines } from './kvm.ts'
import { isAlive, withPlace } from './place.ts'

const UNPRIVILEGED = 12_345

const test = suite('machines on a private network')

function whyNot(): string | false {
  if (!existsSync('/usr/sbin/dnsmasq')) return 'dnsmasq is not installed (dnsmasq-base)'
  if (spawnSync('unshare', ['-n', 'test', '-w', '/dev/net/tun']).status !== 0) return 'no network namespaces, or no tun'
  return whyNoMachines()
}
const skip = whyNot()

const on = (name: string, networks: string): string =>
  `${helloManifest({ name, cmdline: 'stay', stopTimeout: '300ms' })}networks: ${networks}\n`
const two = `${on('web', '[{ network: backend }]')}---\n${on('db', '[{ network: backend, queues: 2 }, { network: other }]')}`

async function apply(place: Workplace, ...args: string[]): Promise<{ name: string; action: string; pid: number }[]> {
  const { code, stdout, stderr } = await place.volt('apply', '--json', '--yes', ...args)
  assert.is(code, 0, stderr)
  return (JSON.parse(stdout) as { vms: { name: string; action: string; pid: number }[] }).vms
}

interface Holder {
  pid: number
  dnsmasq: number
}

/** Processes whose working directory is the project's, each with its child. */
async function holdersOf(state: string): Promise<Holder[]> {
  const found: Holder[] = []
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => '')
    if (cwd.replace(' (deleted)', '') !== state) continue
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'ascii').catch(() => '')
    if (children !== '') found.push({ pid: Number(pid), dnsmasq: Number(children) })
  }
  return found.sort((one, other) => one.pid - other.pid)
}

async function killHolders(state: string): Promise<Holder[]> {
  const holders = await holdersOf(state)
  for (const { pid } of holders) process.kill(pid, 'SIGKILL')
  return holders
}

/** Those of the project, when they have these ports; a holder whose dnsmasq starts anew is seen a moment later. */
async function holdersWith(state: string, ports: number[]): Promise<Holder[]> {
  let holders: Holder[] = []
  const portsNow = async (): Promise<number[]> => (holders = await holdersOf(state)).map(portsOf).sort()
  await eventually(async () => String(await portsNow()) === String(ports), `holders with ${String(ports)} ports`)
  return holders
}

const areGone = (holders: Holder[]): boolean => !holders.some(({ pid, dnsmasq }) => isAlive(pid) || isAlive(dnsmasq))

function portsOf({ pid }: Holder): number {
  const command = ['-t', String(pid), '-n', 'ip', '-br', 'link', 'show', 'master', 'volt0']
  return execFileSync('nsenter', command, { encoding: 'utf8' }).split('\n').length - 1
}

const stateOf = (place: Workplace): string => join(place.stateHome, 'volt', 'lab')

test.skipIf(
  skip,
  'two machines share a holder that outlives a kill and a restart, and destroy leaves nothing',
  async () => {
    const interfaces = Object.keys(networkInterfaces()).sort()
    await withPlace({ 'vm.yaml': two }, async (place) => {
      const [web] = await apply(place, 'vm.yaml')
      const holders = await holdersWith(stateOf(place), [1, 2])
      assert.equal(Object.keys(networkInterfaces()).sort(), interfaces)
      assert.equal(
        (await apply(place, 'vm.yaml')).map(({ action }) => action),
        ['unchanged', 'unchanged'],
      )

      process.kill(web?.pid ?? 0, 'SIGKILL')
      await eventually(() => !isAlive(web?.pid ?? 0), 'the machine has ended')
      await place.volt('stop', 'db')
      await eventually(() => holders.every((holder) => portsOf(holder) === 0), 'their taps are gone')
      assert.equal(
        (await apply(place, 'vm.yaml')).map(({ action }) => action),
        ['started', 'started'],
      )
      const kept = await holdersOf(stateOf(place))
      assert.equal(kept.map(({ pid }) => pid), holders.map(({ pid }) => pid)) // prettier-ignore

      await place.volt('destroy', '--yes', 'web')
      await eventually(() => holders.every((holder) => portsOf(holder) === 1), 'one has gone')
      await place.volt('destroy', '--yes', 'db')
      await eventually(() => areGone(kept), 'the holders have ended')
      assert.equal(await readdir(join(place.stateHome, 'volt')), [])
    })
  },
)

test.skipIf(skip, 'two starts at once make one holder, and another network is a restart', async () => {
  const files = { 'one.yaml': on('web', '[{ network: backend }]'), 'two.yaml': on('db', '[{ network: backend }]') }
  await withPlace(files, async (place) => {
    await Promise.all([apply(place, 'one.yaml'), apply(place, 'two.yaml')])
    await holdersWith(stateOf(place), [2])
    await place.write('two.yaml', on('db', '[{ network: frontend }]'))
    assert.match((await place.volt('plan', 'two.yaml')).stdout, /networks\.net0\.network: backend → frontend/)
    assert.is((await apply(place, 'two.yaml'))[0]?.action, 'restarted')
    await holdersWith(stateOf(place), [1, 1])
  })
})

test.skipIf(skip, 'a holder that was killed is replaced, and a start that fails leaves none', async () => {
  await withPlace({ 'vm.yaml': on('web', '[{ network: backend }]') }, async (place) => {
    await apply(place, 'vm.yaml')
    const first = await killHolders(stateOf(place))
    await eventually(() => areGone(first), 'its dnsmasq ends with it')
    await place.volt('stop', 'web')
    assert.is((await apply(place, 'vm.yaml'))[0]?.action, 'started')
    assert.is((await killHolders(stateOf(place))).length, 1)
    assert.is((await place.volt('destroy', '--yes', 'web')).code, 0)
    assert.equal(await readdir(join(place.stateHome, 'volt')), [])

    await place.write('vm.yaml', on('web', '[{ network: backend }, { tap: volt-no-such-if }]'))
    const failed = await place.volt('apply', 'vm.yaml')
    assert.is(failed.code, 4, failed.stderr)
    assert.match(failed.stderr, /there is no interface volt-no-such-if/)
    assert.equal(await holdersOf(stateOf(place)), [])
    assert.equal(await readdir(join(place.stateHome, 'volt')), [])
  })
})

test.skipIf(skip, 'without dnsmasq a start names its package, and leaves nothing', async () => {
  await withPlace({ 'vm.yaml': on('web', '[{ network: backend }]') }, async (place) => {
    const hide = 'mount --bind /dev/null /usr/sbin/dnsmasq && exec "$@"'
    const wrapper = ['unshare', '-m', 'sh', '-c', hide, 'sh']
    const { code, stderr } = await place.finish(place.start(['apply', 'vm.yaml'], { wrapper }))
    assert.is(code, 4, stderr)
    assert.match(stderr, /error\[HOST_ERROR\]: a private network needs dnsmasq, which is not installed/)
    assert.match(stderr, /apt install dnsmasq-base/)
    assert.equal(await readdir(join(place.stateHome, 'volt')), [])
  })
})

test.skipIf(skip, 'a user without rights applies and destroys as root does', async () => {
  await withPlace({ 'vm.yaml': two }, async (place) => {
    await chmod(join(place.directory, '..'), 0o755)
    await mkdir(place.stateHome, { recursive: true })
    await chown(place.stateHome, UNPRIVILEGED, UNPRIVILEGED)
    // Who may open the two devices is the host's affair: here they are everybody's.
    const devices = `d=$(mktemp -d) && mknod -m 666 $d/tun c 10 200 && mknod -m 666 $d/kvm c 10 232 &&
      mount --bind $d/tun /dev/net/tun && mount --bind $d/kvm /dev/kvm && rm -r $d && exec "$@"`
    const user = ['setpriv', `--reuid=${UNPRIVILEGED}`, `--regid=${UNPRIVILEGED}`, '--clear-groups']
    const wrapper = ['unshare', '-m', 'sh', '-c', devices, 'sh', ...user]
    const volt = (...args: string[]) => place.finish(place.start(args, { wrapper }))
    const { code, stderr } = await volt('apply', 'vm.yaml')
    assert.is(code, 0, stderr)
    const holders = await holdersWith(stateOf(place), [1, 2])
    assert.is((await volt('destroy', '--yes', 'vm.yaml')).code, 0)
    await eventually(() => areGone(holders), 'the holders have ended')
    assert.equal(await readdir(join(place.stateHome, 'volt')), [])
  })
})

test.skipIf(skip, 'volt run has no project to share a network with', async () => {
  await withPlace({ 'vm.yaml': on('web', '[{ network: backend }]') }, async (place) => {
    const { code, stderr } = await place.volt('run', 'vm.yaml')
    assert.is(code, 64)
    assert.match(stderr, /error\[USAGE\]: 'web' is on the private network 'backend'/)
    assert.match(stderr, /volt apply/)
  })
})

test.run()
