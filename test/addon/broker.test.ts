// volt-vmm broker as a process: what it says of arguments and descriptors that are wrong.
import { spawnSync } from 'node:child_process'
import * as assert from 'uvu/assert'
import { VMM_FILE } from '../../src/host/built-files.ts'
import { suite } from '../suite.ts'

const test = suite('volt-vmm broker')

function broker(...args: string[]) {
  const stdio = ['ignore' as const, 'pipe' as const, 'pipe' as const] // descriptor 0 is /dev/null
  return spawnSync(VMM_FILE, ['broker', ...args], { stdio, encoding: 'utf8', timeout: 10_000 })
}

test('a mistake ends with 64 and how it is called', () => {
  const { status, stderr } = broker('--socket', '0')
  assert.is(status, 64)
  assert.match(
    stderr,
    /^volt-vmm: broker: --path is missing\nusage: volt-vmm broker --socket FD --path PREFIX \[--directory own\|shared\]\n$/,
  )
})

test('a descriptor that is no socket ends with 4', () => {
  const { status, stderr } = broker('--socket', '0', '--path', 'vm.sock')
  assert.is(status, 4)
  assert.match(stderr, /^volt-vmm: broker: cannot read a request of the vsock device: /)
})

test.run()
