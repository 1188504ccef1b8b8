// A machine on a bridge of the host's: its tap comes and goes with it.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import * as assert from 'uvu/assert'
import { helloManifest } from '../cli/volt.ts'
import { suite } from '../suite.ts'
import { eventually, whyNoMachines } from './kvm.ts'
import { ps, withPlace } from './place.ts'

const test = suite('a machine on a bridge')
const NAME = `voltvm${process.pid % 10_000}`
const ip = (...words: string[]): boolean => spawnSync('ip', words).status === 0
const ports = (): string[] => readdirSync(`/sys/class/net/${NAME}/brif`)

function reasonToSkip(): string | false {
  const isMade = existsSync('/dev/net/tun') && ip('link', 'add', NAME, 'type', 'bridge')
  if (isMade) ip('link', 'del', NAME)
  return isMade ? whyNoMachines() : 'no bridge can be made (/dev/net/tun, CAP_NET_ADMIN)'
}

test.skipIf(reasonToSkip(), 'has a tap that goes with it, however it ends', async () => {
  const manifest = `${helloManifest({ cmdline: 'stay', stopTimeout: '100ms' })}networks: [{ bridge: ${NAME}, queues: 2 }]\n`
  ip('link', 'add', NAME, 'type', 'bridge')
  try {
    await withPlace({ 'vm.yaml': manifest }, async (place) => {
      for (const end of ['stop', 'kill']) {
        const { code, stderr } = await place.volt('apply', 'vm.yaml')
        assert.is(code, 0, stderr)
        assert.is(ports().length, 1)
        if (end === 'stop') await place.volt('stop', 'hello')
        else process.kill((await ps(place))[0]?.pid ?? 0, 'SIGKILL')
        await eventually(() => ports().length === 0, 'the tap is gone')
      }
      const { stdout } = await place.volt('plan', 'vm.yaml')
      assert.match(stdout, `on the bridge ${NAME}, MTU 1500, 2 queues`)
    })
  } finally {
    ip('link', 'del', NAME)
  }
})

test.run()
