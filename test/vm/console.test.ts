// The virtio console of machines whose guests do not know it: its size, and the UART beside it.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { Inspection } from '../../src/run/control-protocol.ts'
import { finish, helloManifest, MAIN, type Workplace } from '../cli/volt.ts'
import { suite } from '../suite.ts'
import { eventually, whyNoMachines } from './kvm.ts'
import { withPlace } from './place.ts'
import { tinyKernel } from './tiny-kernel.ts'

const test = suite('virtio console')
const skip = whyNoMachines()
const CONSOLE = 'console: { device: virtio }\n'
const stay = `${helloManifest({ cmdline: 'stay', stopTimeout: '300ms' })}${CONSOLE}`

/** Waits until columns and rows in the first device's configuration are not 0, prints each as a character and resets. */
const PRINT_SIZE = [
  ...[0xc7, 0x04, 0x25, 0x00, 0x34, 0x00, 0x00, 0x83, 0x00, 0x00, 0xd0], // 0xd0000000 at 256 MiB, in the page directory
  ...[0x8b, 0x04, 0x25, 0x00, 0x01, 0x00, 0x10], // again: mov eax, [0x10000100]
  ...[0x85, 0xc0, 0x74, 0xf5], // test eax, eax; jz again
  ...[0x66, 0xba, 0xf8, 0x03, 0xee, 0xc1, 0xe8, 0x10, 0xee], // mov dx, 0x3f8; out dx, al; shr eax, 16; out dx, al
  ...[0xb0, 0xfe, 0xe6, 0x64, 0xf4, 0xeb, 0xfd], // mov al, 0xfe; out 0x64, al; hlt
]

async function inspected(place: Workplace): Promise<Inspection['devices']> {
  const { code, stdout, stderr } = await place.volt('inspect', '--json', 'hello')
  assert.is(code, 0, stderr)
  return (JSON.parse(stdout) as Inspection).devices
}

test.skipIf(skip, 'is behind the UART, whose output goes on, and volt set tells it a size', async () => {
  await withPlace({ 'vm.yaml': stay }, async (place) => {
    const { stdout } = await place.volt('plan', 'vm.yaml')
    assert.match(stdout, 'com1 (uart16550) at 0x3f8-0x3ff, GSI 4')
    assert.match(stdout, 'console (virtio-console) at 0xd0000000, GSI 5')
    const applied = await place.volt('apply', 'vm.yaml')
    assert.is(applied.code, 0, applied.stderr)
    await eventually(async () => (await place.volt('logs', 'hello')).stdout.includes('staying'), 'the UART is heard')
    const [device] = await inspected(place)
    assert.equal([device?.id, device?.type, device?.console], ['console', 'virtio-console', { columns: 0, rows: 0 }])
    assert.match((await place.volt('inspect', 'hello')).stdout, /^console +a terminal of unknown size$/m)
    assert.is((await place.volt('set', 'hello', 'console=120x40')).code, 0)
    assert.equal((await inspected(place))[0]?.console, { columns: 120, rows: 40 })
    assert.match((await place.volt('inspect', 'hello')).stdout, /^console +a terminal of 120 columns and 40 rows$/m)
    assert.is((await place.volt('plan', '--detailed-exitcode', 'vm.yaml')).code, 0)
  })
})

test.skipIf(skip, 'is missed where a machine has none', async () => {
  await withPlace({ 'vm.yaml': helloManifest({ cmdline: 'stay', stopTimeout: '300ms' }) }, async (place) => {
    assert.is((await place.volt('apply', 'vm.yaml')).code, 0)
    const { code, stderr } = await place.volt('set', 'hello', 'console=120x40')
    assert.is(code, 1)
    assert.match(stderr, 'error[NO_SUCH_DEVICE]: the machine has no virtio console')
  })
})

test.skipIf(skip, 'leaves the input to the UART while only that has a driver', async () => {
  await withPlace({ 'vm.yaml': `${helloManifest({ cmdline: 'echo' })}${CONSOLE}` }, async (place) => {
    const sent = 'abcdefghijklmnopqrstuvwxyz0123456789\n'.repeat(300)
    const { code, stdout } = await place.finish(place.start(['run', '-q', 'vm.yaml']), sent + '\u0004')
    assert.is(code, 0)
    assert.match(stdout.replaceAll('\r', ''), sent.slice(0, -1))
  })
})

const noTerminal = skip || (existsSync('/usr/bin/script') ? false : 'script(1) is not installed')

test.skipIf(noTerminal, 'has the size of the terminal of volt run, and hears of changes', async () => {
  const manifest = helloManifest().replace('builtin:hello', './kernel.elf') + CONSOLE
  await withPlace({ 'vm.yaml': manifest }, async (place) => {
    await writeFile(join(place.directory, 'kernel.elf'), tinyKernel(PRINT_SIZE))
    const sizes = async (before: string, meanwhile: string): Promise<string> => {
      const command = `${before}; (${meanwhile}) & '${process.execPath}' '${MAIN}' run -q vm.yaml; wait`
      const env = { ...process.env, XDG_STATE_HOME: place.stateHome, TERM: 'xterm' }
      const child = spawn('script', ['-qec', command, '/dev/null'], { cwd: place.directory, env })
      return (await finish(child, null)).stdout
    }
    assert.match(await sizes('stty cols 65 rows 66', 'true'), 'AB')
    // A terminal that does not know its size says 0 by 0; the kernel signals the change.
    assert.match(await sizes('stty cols 0 rows 0', 'sleep 4; stty cols 67 rows 68 </dev/tty'), 'CD')
  })
})

test.run()
