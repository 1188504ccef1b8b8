// Taps that are made on a bridge of the host's, and go with their descriptors.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import * as assert from 'uvu/assert'
import { ADDON_FILE } from '../../src/host/built-files.ts'
import { openBridgedTap } from '../../src/host/open-bridged-tap.ts'
import { VoltError } from '../../src/volt-error.ts'
import { suite } from '../suite.ts'

const test = suite('taps on a bridge')
const NAME = `voltbr${process.pid % 10_000}`
const ip = (...words: string[]) => spawnSync('ip', words).status === 0
const ports = (): string[] => readdirSync(`/sys/class/net/${NAME}/brif`)
const mtuOf = (name: string): number => Number(readFileSync(`/sys/class/net/${name}/mtu`, 'utf8'))

async function refusal(bridge: string, mtu = 1500): Promise<VoltError> {
  const error = await openBridgedTap(bridge, 1, mtu).then(() => undefined, (cause: unknown) => cause) // prettier-ignore
  assert.instance(error, VoltError)
  return error as VoltError
}

function reasonToSkip(): string | false {
  if (!existsSync(ADDON_FILE)) return 'the addon is not built'
  const isMade = existsSync('/dev/net/tun') && ip('link', 'add', NAME, 'type', 'bridge')
  if (isMade) ip('link', 'del', NAME)
  return isMade ? false : 'no bridge can be made (/dev/net/tun, CAP_NET_ADMIN)'
}
const skip = reasonToSkip()

async function withBridge(body: () => Promise<void>): Promise<void> {
  ip('link', 'add', NAME, 'mtu', '1400', 'type', 'bridge')
  try {
    await body()
  } finally {
    ip('link', 'del', NAME)
  }
}

test('a bridge that is missing is not made, and an interface that is none is not taken', async () => {
  const missing = await refusal('volt-no-such-if')
  assert.equal([missing.code, missing.errno], ['HOST_ERROR', 19])
  assert.match(missing.hint ?? '', /ip link add volt-no-such-if type bridge/)
  assert.is((await refusal('lo')).message, 'the interface lo is no bridge')
})

test.skipIf(skip, 'machines get a tap each, with their queues, and the bridge keeps its MTU', async () => {
  await withBridge(async () => {
    const one = await openBridgedTap(NAME, 1, 1400)
    const other = await openBridgedTap(NAME, 3, 1300)
    assert.equal([one.length, other.length, ports().length], [1, 3, 2])
    assert.equal([...ports(), NAME].map(mtuOf), [1400, 1400, 1400])
    for (const handle of [...one, ...other]) await handle.close()
    assert.equal(ports(), [])
  })
})

test.skipIf(skip, 'a packet that the bridge would not carry is refused, and no tap is left', async () => {
  await withBridge(async () => {
    const error = await refusal(NAME, 1500)
    assert.is(error.message, `the bridge ${NAME} has an MTU of 1400, and the network wants 1500`)
    assert.is(error.hint, 'write mtu: 1400')
    assert.equal(ports(), [])
  })
})

test.run()
