// A private network whose machines and launchers want more than their part.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { suite } from '../suite.ts'
import { datagram, dhcp, dns, sendDhcp } from './support-datagrams.ts'
import {
  BRIDGE,
  capabilitiesOf,
  dnsmasqOf,
  exitOf,
  NET_ADMIN,
  startHolder,
  stationOf,
  userNamespaceOf,
  WEB,
  whyNoHolders,
  type Holder,
} from './support-segment.ts'

const test = suite('the holder of a private network: hostile machines')
let base = ''

test.before(async () => {
  base = await mkdtemp(join(tmpdir(), 'volt-segment-'))
  await chmod(base, 0o755)
})
test.after(() => rm(base, { recursive: true }))
const skip = whyNoHolders()

async function placeFor(name: string): Promise<string> {
  const directory = join(base, name)
  await mkdir(directory)
  return directory
}

/** IPv4 addresses that the kernel knows in the holder's namespace. */
function neighboursOf({ process: { pid = 0 } }: Holder): (string | undefined)[] {
  const [, ...lines] = readFileSync(`/proc/${pid}/net/arp`, 'ascii').trim().split('\n')
  return lines.map((line) => line.split(' ')[0])
}

test.skipIf(skip, 'a machine that speaks for addresses of nobody fills no table of the host', async () => {
  const holder = await startHolder(await placeFor('hostile'))
  const { station: web, address } = await stationOf(holder, 'web', WEB)
  const { server } = await dhcp(web, 1)
  for (let host = 1; host < 250; host++) {
    const other = `10.130.20.${host}`
    web.askAs(other)
    for (const port of [53, 9]) web.send(server, 0x0800, datagram(other, BRIDGE, [4000, port], Buffer.alloc(12)))
    // What dnsmasq answers goes to the address that the message has: INFORM, REQUEST, DISCOVER by a relay.
    sendDhcp(web, 8, { client: other })
    sendDhcp(web, 3, { client: other, requested: address })
    sendDhcp(web, 1, { relay: other })
  }
  web.address = address
  assert.equal(await dns(web, server, 'web'), { code: 0, addresses: [address] })
  assert.equal(neighboursOf(holder), [address])
  await web.end()
  assert.is(await exitOf(holder), 0)
})

test.skipIf(skip, 'of root, where it may make no user namespace, dnsmasq has one right, over its network', async () => {
  const directory = await placeFor('no-user-namespace')
  // The kernel refuses them to who is in a chroot.
  const root = await placeFor('root')
  const enter = `mount --rbind / ${root} && exec chroot ${root} sh -c 'cd ${directory} && exec "$@"' sh "$@"`
  const holder = await startHolder(directory, { wrapper: ['unshare', '-m', 'sh', '-c', enter, 'sh'] })
  const { station: web, address } = await stationOf(holder, 'web', WEB)
  assert.is((await dhcp(web, 1)).address, address)
  const dnsmasq = dnsmasqOf(holder)
  assert.is(capabilitiesOf(dnsmasq), NET_ADMIN)
  assert.is(userNamespaceOf(dnsmasq), userNamespaceOf(holder.process.pid))
  await web.end()
  assert.is(await exitOf(holder), 0)
})

test.skipIf(skip, 'a launcher that sends byte by byte is not waited for', async () => {
  const holder = await startHolder(await placeFor('slow'))
  const slow = connect(join(holder.directory, 's.sock'))
  const sending = setInterval(() => slow.write(' '), 200)
  const begin = Date.now()
  const [answer] = (await once(slow, 'data')) as [Buffer]
  clearInterval(sending)
  slow.destroy()
  assert.is((JSON.parse(answer.toString()) as { errno: number }).errno, constants.errno.ETIMEDOUT)
  assert.ok(Date.now() - begin < 10_000)
  await holder.ask({ request: 'end' })
  assert.is(await exitOf(holder), 0)
})

test.run()
