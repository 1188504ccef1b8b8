// What the engine gets for networks, and what is left when one of them cannot be opened.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import * as assert from 'uvu/assert'
import { ADDON_FILE } from '../../src/host/built-files.ts'
import { compile } from '../../src/plan/compile.ts'
import { openBackends } from '../../src/run/open-backends.ts'
import { VoltError } from '../../src/volt-error.ts'
import { hostFacts } from '../plan/support/host-facts.ts'
import { elfImage, machineSpec, networkSpec } from '../plan/support/images.ts'
import { suite } from '../suite.ts'

const test = suite('networks of a plan')
const TAP = `voltnet${process.pid % 10_000}`

function reasonToSkip(): string | false {
  if (!existsSync(ADDON_FILE)) return 'the addon is not built'
  if (existsSync('/dev/vhost-net')) return 'this host has vhost-net'
  const { status } = spawnSync('ip', ['tuntap', 'add', TAP, 'mode', 'tap'])
  if (status !== 0) return 'no tap can be made (/dev/net/tun, CAP_NET_ADMIN)'
  spawnSync('ip', ['tuntap', 'del', TAP, 'mode', 'tap'])
  return false
}

function open() {
  const spec = machineSpec(1, { networks: [networkSpec('lan', { tap: TAP, vhost: true, preventSpoofing: false })] })
  const result = compile({ spec, kernel: elfImage(), disks: [], host: hostFacts('amd-epyc-pvm') })
  if (!result.ok) throw new Error('the plan does not compile')
  return openBackends({ plan: result.plan, sources: { kernel: '/k', 'net-lan': `tap:${TAP}` } })
}

test.skipIf(reasonToSkip(), 'a host without vhost-net says so, and the tap is free again', async () => {
  spawnSync('ip', ['tuntap', 'add', TAP, 'mode', 'tap'])
  try {
    // A tap that is still attached to would be another error.
    for (let time = 0; time < 2; time++) {
      const error = await open().then(() => undefined, (cause: unknown) => cause) // prettier-ignore
      assert.instance(error, VoltError)
      const { code, message, hint } = error as VoltError
      assert.equal([code, message], ['HOST_ERROR', 'cannot open /dev/vhost-net (ENOENT)'])
      assert.match(hint ?? '', 'modprobe vhost_net')
    }
  } finally {
    spawnSync('ip', ['tuntap', 'del', TAP, 'mode', 'tap'])
  }
})

test.run()
