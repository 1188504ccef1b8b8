// The holder of a private network: frames, addresses and names between its machines, as root and without rights, and that
// nothing of it stays.
import { existsSync, readFileSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { constants, networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { joinSegment } from '../../src/run/join-segment.ts'
import { leaveProject } from '../../src/run/leave-project.ts'
import { VoltError } from '../../src/volt-error.ts'
import { suite } from '../suite.ts'
import { eventually } from '../vm/kvm.ts'
import { dhcp, dns } from './support-datagrams.ts'
import {
  BRIDGE,
  capabilitiesOf,
  DB,
  dnsmasqOf,
  exitOf,
  joinOf,
  NET_ADMIN,
  sourceOf,
  startHolder,
  stationOf,
  typeOf,
  UNPRIVILEGED,
  userNamespaceOf,
  WEB,
  whyNoHolders,
  type Holder,
} from './support-segment.ts'

const test = suite('the holder of a private network')
/** IEEE 802's for local experiments. */
const EXPERIMENT = 0x88b5
let base = ''

test.before(async () => {
  base = await mkdtemp(join(tmpdir(), 'volt-segment-'))
  await chmod(base, 0o755)
})
test.after(() => rm(base, { recursive: true }))

/** Who may open the device of taps is the host's affair: here it is one of this mode, for a process of another user's. */
function withTun(mode: string): string[] {
  const tun = `t=$(mktemp -u ${base}/tun-XXXXXX) && mknod -m ${mode} $t c 10 200 && mount --bind $t /dev/net/tun`
  const user = ['setpriv', `--reuid=${UNPRIVILEGED}`, `--regid=${UNPRIVILEGED}`, '--clear-groups']
  return ['unshare', '-m', 'sh', '-c', `${tun} && exec "$@"`, 'sh', ...user]
}

const skip = whyNoHolders()

async function placeFor(name: string): Promise<string> {
  const directory = join(base, name)
  await mkdir(directory)
  return directory
}

/** What it says instead of a tap. */
async function refusal(holder: Holder, request: object): Promise<{ message: string; errno?: number; hint?: string }> {
  const { text, descriptors } = (await holder.ask(request)) ?? { text: '', descriptors: [] }
  assert.equal(descriptors, [])
  const { ok, ...rest } = JSON.parse(text) as { ok: boolean; message: string }
  assert.is(ok, false, text)
  return rest
}

for (const [who, uid] of [
  ['root', 65534],
  ['a user without rights', UNPRIVILEGED],
] as const) {
  test.skipIf(skip, `of ${who}: machines reach each other, get addresses and names, and nothing stays`, async () => {
    const directory = await placeFor(`of-${uid}`)
    const before = Object.keys(networkInterfaces()).sort()
    const holder = await startHolder(directory, uid === UNPRIVILEGED ? { owner: uid, wrapper: withTun('666') } : {})
    assert.match(holder.ready, /^{"formatVersion":1,"ok":true}\n$/, readFileSync(holder.log, 'utf8'))
    const { station: web, address } = await stationOf(holder, 'web', WEB)
    const { station: db, address: other } = await stationOf(holder, 'db', DB)
    assert.equal([address, other], ['10.130.16.7', '10.130.16.8'])
    assert.equal(Object.keys(networkInterfaces()).sort(), before)

    web.send(DB, EXPERIMENT, Buffer.from('from web to db, in a frame of a kind of its own'))
    const frame = await db.next((candidate) => typeOf(candidate) === EXPERIMENT)
    assert.equal([sourceOf(frame), frame.toString('latin1', 14, 28)], [WEB, 'from web to db'])

    const offer = await dhcp(web, 1)
    assert.equal([offer.kind, offer.address], [2, address])
    const lease = await dhcp(web, 3, offer.address)
    assert.equal([lease.kind, lease.address], [5, address])
    const said = (option: number): string | undefined => lease.options.get(option)?.toString()
    assert.equal([said(12), said(15), said(3)], ['web', 'backend', undefined])
    assert.is(lease.options.get(6)?.join('.'), BRIDGE)

    web.address = address
    const ask = (name: string, type = 1) => dns(web, lease.server, name, type)
    for (const name of ['db', 'db.backend']) assert.equal(await ask(name), { code: 0, addresses: [other] })
    assert.equal(await ask('db', 28), { code: 0, addresses: [] })
    assert.equal([(await ask('nobody')).code, (await ask('nobody.backend')).code], [3, 3])
    assert.is((await ask('example.org')).code, 5)

    const dnsmasq = dnsmasqOf(holder)
    const uids = /^Uid:\s+(.*)$/m.exec(readFileSync(`/proc/${dnsmasq}/status`, 'ascii'))?.[1]
    assert.is(uids, [uid, uid, uid, uid].join('\t'))
    assert.is(capabilitiesOf(dnsmasq), NET_ADMIN)
    assert.is.not(userNamespaceOf(dnsmasq), userNamespaceOf(holder.process.pid))
    assert.equal((await refusal(holder, { request: 'end' })).errno, constants.errno.EBUSY)
    await db.end()
    const { station: again } = await stationOf(holder, 'db', DB)
    assert.is(dnsmasqOf(holder), dnsmasq)
    await Promise.all([web.end(), again.end()])
    const gone = Date.now()
    assert.is(await exitOf(holder), 0)
    assert.ok(Date.now() - gone > 4000)
    assert.not(existsSync(`/proc/${dnsmasq}`))
    assert.equal(await readdir(directory), ['log'])
    assert.equal(Object.keys(networkInterfaces()).sort(), before)
  })
}

test.skipIf(skip, 'asked to end, it ends where it has no machine', async () => {
  const holder = await startHolder(await placeFor('asked'))
  assert.equal(JSON.parse((await holder.ask({ request: 'end' }))?.text ?? ''), { formatVersion: 1, ok: true })
  assert.is(await exitOf(holder), 0)
  assert.equal(await readdir(holder.directory), ['log'])
})

test.skipIf(skip, 'several queues are one interface, and neither a name nor an address is there twice', async () => {
  const holder = await startHolder(await placeFor('queues'))
  const { descriptors = [] } = (await holder.ask(joinOf('web', WEB, { queues: 4, mtu: 9000 }))) ?? {}
  const names = descriptors.map(
    ({ fd }) => /^iff:\s*(.*)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'ascii'))?.[1],
  )
  assert.equal(names, ['tap0', 'tap0', 'tap0', 'tap0'])
  assert.is((await refusal(holder, joinOf('web', DB))).errno, constants.errno.EBUSY)
  const taken = await refusal(holder, joinOf('db', WEB))
  assert.equal([taken.errno, taken.message], [constants.errno.EADDRINUSE, `the address ${WEB} is that of 'web'`])
  await refusal(holder, joinOf('db\ndhcp-script=/bin/sh', DB))
  await refusal(holder, { request: 'leave' })
  await Promise.all(descriptors.map((descriptor) => descriptor.close()))
  assert.is((JSON.parse((await holder.ask({ request: 'end' }))?.text ?? '') as { ok: boolean }).ok, true)
  assert.is(await exitOf(holder), 0)
})

test.skipIf(skip, 'dnsmasq that dies is started again, and ends with a holder that is killed', async () => {
  const holder = await startHolder(await placeFor('killed'))
  const { station, address } = await stationOf(holder, 'web', WEB)
  process.kill(Number(dnsmasqOf(holder)), 'SIGKILL')
  await eventually(() => readFileSync(holder.log, 'utf8').includes('dnsmasq has ended'), 'the log says so')
  await eventually(() => dnsmasqOf(holder) !== '', 'there is another')
  await eventually(() => readFileSync(holder.log, 'utf8').split('started, version').length === 3, 'it runs')
  assert.is((await dhcp(station, 1)).address, address)
  const dnsmasq = dnsmasqOf(holder)
  holder.process.kill('SIGKILL')
  await eventually(() => !existsSync(`/proc/${dnsmasq}`), 'dnsmasq has ended')
  await station.end()
})

test.skipIf(skip, 'a dnsmasq that does not start is told of with what it said, and the tap goes', async () => {
  const holder = await startHolder(await placeFor('broken'), { dnsmasq: '/usr/bin/false' })
  assert.match((await refusal(holder, joinOf('web', WEB))).message, /^dnsmasq did not start: it was silent$/)
  assert.is((await holder.ask({ request: 'end' }))?.text, '{"formatVersion":1,"ok":true}\n')
  assert.is(await exitOf(holder), 0)
})

test.skipIf(skip, 'what dnsmasq says is logged up to a megabyte', async () => {
  const directory = await placeFor('talkative')
  const dnsmasq = join(directory, 'dnsmasq')
  await writeFile(dnsmasq, '#!/bin/sh\necho much to say\nhead -c 2097152 /dev/zero\nexit 1\n', { mode: 0o755 })
  const holder = await startHolder(directory, { dnsmasq })
  assert.match((await refusal(holder, joinOf('web', WEB))).message, /^dnsmasq did not start: much to say/)
  await holder.ask({ request: 'end' })
  assert.is(await exitOf(holder), 0)
  const { size } = await stat(holder.log)
  assert.ok(size >= 1 << 20 && size <= (1 << 20) + 4096, `${size} bytes`)
})

test.skipIf(
  skip,
  'a machine whose tap is about to go is waited for, by a start and by the end of the project',
  async () => {
    const stateDirectory = await placeFor('returns')
    const card = { vm: 'web', mac: WEB, mtu: 1500, queues: 1 }
    const [first] = await joinSegment(stateDirectory, 'backend', card)
    setTimeout(() => void first?.close(), 300)
    const [second] = await joinSegment(stateDirectory, 'backend', card)
    const refused = await joinSegment(stateDirectory, 'backend', card).catch((error: VoltError) => error)
    assert.ok(refused instanceof VoltError && refused.errno === constants.errno.EBUSY)
    assert.is(
      refused.message,
      "'web' cannot join the private network 'backend': a machine 'web' is on the network already",
    )
    setTimeout(() => void second?.close(), 300)
    await leaveProject({ name: 'returns', stateDirectory })
    assert.not(existsSync(stateDirectory))
  },
)

test.skipIf(
  skip,
  'what the host refuses is said with the setting: user namespaces, and the device of taps',
  async () => {
    const forbid = 'echo 0 > /proc/sys/user/max_user_namespaces; exec setpriv --bounding-set=-all "$@"'
    const without = await startHolder(await placeFor('forbidden'), {
      wrapper: ['unshare', '-Ur', 'sh', '-c', forbid, 'sh'],
    })
    const answer = JSON.parse(without.ready) as { ok: boolean; errno: number; hint: string }
    assert.equal([answer.ok, answer.errno], [false, constants.errno.ENOSPC])
    assert.match(answer.hint, /sysctl user\.max_user_namespaces=/)
    assert.is(await exitOf(without), 4)
    assert.equal(await readdir(without.directory), ['log'])

    const options = { owner: UNPRIVILEGED, wrapper: withTun('600') }
    const holder = await startHolder(await placeFor('no-tun'), options)
    const refused = await refusal(holder, joinOf('web', WEB))
    assert.is(refused.errno, constants.errno.EACCES)
    assert.match(refused.hint ?? '', /ls -l \/dev\/net\/tun/)
    await holder.ask({ request: 'end' })
    assert.is(await exitOf(holder), 0)
  },
)

test.run()
