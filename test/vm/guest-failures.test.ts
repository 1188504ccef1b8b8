// Guests that fail end with their stop reason and exit code.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { probeExecution } from '../../src/host/probe.ts'
import { helloManifest, makeWorkplace, type Ended } from '../cli/volt.ts'
import { suite } from '../suite.ts'
import { eventually, whyNoMachines } from './kvm.ts'
import { tinyKernel } from './tiny-kernel.ts'

const test = suite('guests that fail')
const skip = whyNoMachines()
const native = skip === false && (await probeExecution()).kernelMode === 'native'
const skipNative = skip || (native && 'this KVM runs kernel mode natively: it emulates no instruction')

const UD2 = [0x0f, 0x0b]
/** popcnt %eax, %eax: not among the instructions that KVM emulates. */
const POPCNT = [0xf3, 0x0f, 0xb8, 0xc0]

async function withGuest(
  code: number[],
  body: (volt: (...args: string[]) => Promise<Ended>) => Promise<void>,
): Promise<void> {
  const place = await makeWorkplace({ 'vm.yaml': helloManifest().replace('builtin:hello', './kernel.elf') })
  await writeFile(join(place.directory, 'kernel.elf'), tinyKernel(code))
  try {
    await body((...args) => place.volt(...args))
  } finally {
    await place.volt('destroy', 'vm.yaml')
    await place.remove()
  }
}

test.skipIf(skip, 'end run with 21 on a triple fault', async () => {
  await withGuest(UD2, async (volt) => {
    const { code, stderr } = await volt('run', 'vm.yaml')
    assert.is(code, 21, stderr)
    assert.match(stderr, 'hello: triple-fault: ')
    assert.is(stderr.includes('see `volt doctor`'), !native)
  })
})

test.skipIf(skipNative, 'end run with 22, the instruction and what to do where KVM cannot emulate', async () => {
  await withGuest(POPCNT, async (volt) => {
    const { code, stderr } = await volt('run', 'vm.yaml')
    assert.is(code, 22, stderr)
    assert.match(stderr, /^hello: internal-error: .* rip 0x100000 .*popcnt.*; boot such a guest on a host/m)
  })
})

test.skipIf(skip, 'are listed with how they ended, which attach reports too', async () => {
  await withGuest(UD2, async (volt) => {
    const attached = await volt('apply', '--attach', 'vm.yaml')
    assert.is(attached.code, 21, attached.stderr)
    await eventually(async () => (await volt('ps')).stdout.includes('stopped (triple-fault)'), 'ps says triple-fault')
  })
})

test.run()
