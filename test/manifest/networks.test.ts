// Networks with their defaults, and ports as people write them.
import * as assert from 'uvu/assert'
import { formatListener, parsePort, portsCollide, type PortForward } from '../../src/manifest/ports.ts'
import { addressOn, subnetOf } from '../../src/manifest/segment-address.ts'
import { suite } from '../suite.ts'
import { loadText, manifestWith } from './support.ts'

const test = suite('networks')

async function networksOf(text: string) {
  const { documents, diagnostics } = await loadText(manifestWith(text))
  assert.equal(diagnostics, [])
  return documents[0]?.spec.networks ?? []
}

test('defaults: names by place, and addresses that stay and differ', async () => {
  const [one, two] = await networksOf('networks: [{ user: true }, { tap: tap0, mac: "52:54:00:12:AB:ff" }]')
  const card = { mtu: 1500, queues: 1, preventSpoofing: true }
  assert.equal(two, { ...card, name: 'net1', tap: 'tap0', mac: '52:54:00:12:ab:ff' })
  assert.match(one?.mac ?? '', /^02(:[0-9a-f]{2}){5}$/)
  assert.equal(one, { ...card, name: 'net0', user: { ports: [] }, mac: one?.mac ?? '' })
  const [again, other] = await networksOf('networks: [{ user: true }, { user: true }]')
  assert.is(again?.mac, one?.mac)
  assert.is.not(other?.mac, one?.mac)
})

test('a private network is one of three ways to be attached, and has queues as a tap has', async () => {
  const [segment] = await networksOf('networks: [{ network: backend, queues: 4 }]')
  const card = { mtu: 1500, queues: 4, preventSpoofing: true }
  assert.equal(segment, { ...card, name: 'net0', network: 'backend', mac: segment?.mac ?? '' })
})

test('with vhost nobody prevents spoofing, and without it a network says nothing of it', async () => {
  const cards = await networksOf('networks: [{ tap: a, vhost: true }, { tap: b, vhost: false }, { tap: c, vhost: true, preventSpoofing: false }]') // prettier-ignore
  assert.equal(
    cards.map(({ vhost, preventSpoofing }) => [vhost, preventSpoofing]),
    [
      [true, false],
      [undefined, true],
      [true, false],
    ],
  )
})

test('addresses of private networks are hashes that a release does not change', () => {
  assert.equal([subnetOf('backend'), subnetOf('frontend')], ['10.135.128.1/20', '10.240.144.1/20'])
  assert.equal([addressOn('backend', 'web'), addressOn('backend', 'db')], ['10.135.130.135', '10.135.137.16'])
})

test('every address is one that a host of its network may have', () => {
  for (let index = 0; index < 5000; index++) {
    const name = `n${index}`
    const [first = 0, second = 0, third = 0, last = 0] = addressOn(name, name).split('.').map(Number)
    const [bridge, bits] = subnetOf(name).split('/')
    assert.equal([bits, first, second >= 128], ['20', 10, true])
    assert.is(bridge, `10.${second}.${third & 0xf0}.1`)
    const host = ((third & 0xf) << 8) | last
    assert.ok(host >= 2 && host <= 4094, `${name}: ${host}`)
  }
})

test('ports: address, both numbers and the protocol', () => {
  assert.equal(parsePort('8080:80'), { hostPort: 8080, guestPort: 80, protocol: 'tcp' })
  const udp = { address: '127.0.0.1', hostPort: 5353, guestPort: 53, protocol: 'udp' }
  assert.equal(parsePort('127.0.0.1:5353:53/udp'), udp)
  assert.equal(parsePort('[::1]:1:2/tcp'), { address: '::1', hostPort: 1, guestPort: 2, protocol: 'tcp' })
  for (const text of ['0:80', '80:65536', '256.0.0.1:80:80', '[::g]:80:80', '80', '80:80/sctp']) {
    assert.is(parsePort(text), undefined, text)
  }
  assert.equal(
    ['[::1]:1:2', '1.2.3.4:1:2/udp', '1:2'].map((text) => formatListener(parsePort(text) as PortForward)),
    ['[::1]:1/tcp', '1.2.3.4:1/udp', '1/tcp'],
  )
})

test('ports collide where both would listen on one address', () => {
  const collide = (one: string, other: string) =>
    portsCollide(parsePort(one) as PortForward, parsePort(other) as PortForward)
  assert.ok(collide('80:1', '80:2'))
  assert.ok(collide('80:1', '127.0.0.1:80:2'))
  assert.ok(collide('0.0.0.0:80:1', '127.0.0.1:80:2'))
  assert.not(collide('80:1', '80:1/udp'))
  assert.not(collide('127.0.0.1:80:1', '127.0.0.2:80:1'))
  assert.not(collide('[::1]:80:1', '127.0.0.1:80:1'))
})

test.run()
