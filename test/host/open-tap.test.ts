// Taps: what stands in the way of attaching to one, and attaching where this user may make one.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import * as assert from 'uvu/assert'
import { ADDON_FILE } from '../../src/host/built-files.ts'
import { openTap } from '../../src/host/open-tap.ts'
import { VoltError } from '../../src/volt-error.ts'
import { suite } from '../suite.ts'

const test = suite('taps')
const NAME = `volttest${process.pid % 10_000}`

async function refusal(name: string, queues = 1): Promise<VoltError> {
  try {
    for (const handle of await openTap(name, queues)) await handle.close()
  } catch (error) {
    assert.instance(error, VoltError)
    return error as VoltError
  }
  throw new Error('it opened')
}

function reasonToSkip(): string | false {
  if (!existsSync(ADDON_FILE)) return 'the addon is not built'
  const { status } = spawnSync('ip', ['tuntap', 'add', NAME, 'mode', 'tap'])
  if (status !== 0) return 'no tap can be made (/dev/net/tun, CAP_NET_ADMIN)'
  spawnSync('ip', ['tuntap', 'del', NAME, 'mode', 'tap'])
  return false
}
const skip = reasonToSkip()

test('an interface that is missing is not made, and one that is no tap is not taken', async () => {
  const missing = await refusal('volt-no-such-if')
  assert.equal([missing.code, missing.errno], ['HOST_ERROR', 19])
  assert.match(missing.hint ?? '', /ip tuntap add volt-no-such-if mode tap/)
  assert.not(existsSync('/sys/class/net/volt-no-such-if'))
  assert.equal((await refusal('lo')).message, 'the interface lo is no tap')
})

test.skipIf(skip, 'a tap is attached to once, and has the queues that it was made with', async () => {
  spawnSync('ip', ['tuntap', 'add', NAME, 'mode', 'tap'])
  try {
    const [first] = await openTap(NAME, 1)
    const busy = await refusal(NAME)
    assert.equal([busy.code, busy.errno], ['HOST_ERROR', 16])
    assert.match(busy.hint ?? '', /another program has it/)
    await first?.close()
    assert.is((await refusal(NAME, 2)).message, `the interface ${NAME} has one queue, and the network wants 2`)
  } finally {
    spawnSync('ip', ['tuntap', 'del', NAME, 'mode', 'tap'])
  }
})

test.run()
