// What a saved plan says of its networks' attachments: written, read back, and refused when it is none.
import * as assert from 'uvu/assert'
import { networkSource, parseNetworkSource } from '../../src/run/network-source.ts'
import { networkSpec } from '../plan/support/images.ts'
import { suite } from '../suite.ts'

const test = suite('sources of networks')

test('a tap comes back by its name', () => {
  assert.is(networkSource(networkSpec('lan', { tap: 'tap0' })), 'tap:tap0')
  assert.equal(parseNetworkSource('tap:tap0'), { kind: 'tap', name: 'tap0' })
})

test('a bridge comes back by its name', () => {
  assert.is(networkSource(networkSpec('lan', { bridge: 'br0' })), 'bridge:br0')
  assert.equal(parseNetworkSource('bridge:br0'), { kind: 'bridge', name: 'br0' })
})

test('a private network comes back by its name', () => {
  assert.is(networkSource(networkSpec('lan', { network: 'backend' })), 'network:backend')
  assert.equal(parseNetworkSource('network:backend'), { kind: 'network', name: 'backend' })
})

test('a user network comes back with its ports', () => {
  const network = networkSpec('out', { user: { ports: ['8080:80', '[::1]:53:53/udp'] } })
  const source = networkSource(network)
  assert.is(source, 'user:8080:80,[::1]:53:53/udp')
  assert.equal(parseNetworkSource(source), {
    kind: 'user',
    ports: [
      { protocol: 'tcp', hostPort: 8080, guestPort: 80 },
      { protocol: 'udp', address: '::1', hostPort: 53, guestPort: 53 },
    ],
  })
  assert.equal(parseNetworkSource('user:'), { kind: 'user', ports: [] })
})

for (const source of [
  '',
  '/dev/net/tun',
  'tap:',
  'tap:a/b',
  'tap:sixteen-letters-',
  'user:80',
  'user:0:80',
  'user:1:2,x',
  'switch:br0',
  'network:',
  'network:../backend',
]) {
  // prettier-ignore
  test(`'${source}' is none`, () => assert.is(parseNetworkSource(source), undefined))
}

test.run()
