// What a guest that polls its UART writes: complete, in order, and with few exits.
import { execFileSync, spawnSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { helloManifest, MAIN } from '../cli/volt.ts'
import { suite } from '../suite.ts'
import { eventually, whyNoMachines } from './kvm.ts'
import { withPlace } from './place.ts'
import { tinyKernel } from './tiny-kernel.ts'

const test = suite('polled output')
const skip = whyNoMachines()
const untraced =
  spawnSync('strace', ['-qq', '-o', '/dev/null', 'true']).status === 0 ? false : 'strace does not run here'
const manifest = helloManifest({ stopTimeout: '300ms' }).replace('builtin:hello', './kernel.elf')

const BYTES = 1000
const POLL = [0x66, 0xba, 0xfd, 0x03, 0xec] // mov dx, 0x3fd; in al, dx
const NO_POLL = [0x90, 0x90, 0x90, 0x90, 0x90]
const RESET = [0xb0, 0xfe, 0xe6, 0x64] // mov al, 0xfe; out 0x64, al
const HALT = [0xf4, 0xeb, 0xfd] // hlt; jmp hlt

/** Letters from `a` on, with `before` ahead of each, then `!`, then `end`. */
function printer(before: number[], end: number[]): Buffer {
  const loop = [
    ...before,
    ...[0x66, 0xba, 0xf8, 0x03, 0x88, 0xd8, 0xee], // mov dx, 0x3f8; mov al, bl; out dx, al
    ...[0xfe, 0xc3, 0x80, 0xfb, 0x7b, 0x75, 0x02, 0xb3, 0x61], // inc bl; cmp bl, 'z' + 1; jne over; mov bl, 'a'
    ...[0xff, 0xc9], // dec ecx
  ]
  return tinyKernel([
    ...[0xb3, 0x61, 0xb9, BYTES & 0xff, BYTES >> 8, 0, 0], // mov bl, 'a'; mov ecx, BYTES
    ...loop,
    ...[0x75, 256 - (loop.length + 2)], // jnz loop
    ...[0xb0, 0x21, 0xee], // mov al, '!'; out dx, al
    ...end,
  ])
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz'
const PRINTED = `${ALPHABET.repeat(BYTES / ALPHABET.length + 1).slice(0, BYTES)}!`

async function printedAndRuns(kernel: Buffer): Promise<{ printed: string; runs: number }> {
  let result = { printed: '', runs: 0 }
  await withPlace({ 'vm.yaml': manifest }, async (place) => {
    await writeFile(join(place.directory, 'kernel.elf'), kernel)
    const log = join(place.directory, 'trace')
    const command = ['-f', '-qq', '-e', 'trace=ioctl', '-e', 'signal=none', '-o', log]
    const printed = execFileSync('strace', [...command, process.execPath, MAIN, 'run', '-q', 'vm.yaml'], {
      cwd: place.directory,
      encoding: 'utf8',
      stdio: 'pipe',
    })
    const lines = (await readFile(log, 'latin1')).split('\n')
    result = { printed, runs: lines.filter((line) => line.includes('KVM_RUN') && !line.includes('resumed>')).length }
  })
  return result
}

test.skipIf(skip || untraced, 'is kept in the kernel until the guest looks again', async () => {
  const { printed, runs } = await printedAndRuns(printer(POLL, RESET))
  assert.is(printed, PRINTED)
  console.log(`${runs} runs of the guest for ${BYTES} bytes, each with a look`)
  assert.ok(runs >= BYTES, 'a look is an exit')
  assert.ok(runs < BYTES * 1.2, `${runs} runs of the guest for ${BYTES} bytes`)
})

test.skipIf(skip || untraced, 'is what is meant: a guest that does not look writes byte by byte, as ever', async () => {
  const { printed, runs } = await printedAndRuns(printer(NO_POLL, RESET))
  assert.is(printed, PRINTED)
  assert.ok(runs > BYTES, `${runs} runs of the guest for ${BYTES} bytes`)
})

test.skipIf(skip, 'is there to its last byte while the guest halts, and after a pause', async () => {
  await withPlace({ 'vm.yaml': manifest }, async (place) => {
    await writeFile(join(place.directory, 'kernel.elf'), printer(POLL, HALT))
    const applied = await place.volt('apply', 'vm.yaml')
    assert.is(applied.code, 0, applied.stderr)
    const logged = async (): Promise<string> => (await place.volt('logs', 'hello')).stdout
    await eventually(async () => (await logged()).includes('!'), 'the last byte is in the log')
    assert.is((await logged()).trimEnd(), PRINTED)
    assert.is((await place.volt('pause', 'hello')).code, 0)
    assert.is((await place.volt('resume', 'hello')).code, 0)
    assert.is((await logged()).trimEnd(), PRINTED)
  })
})

test.run()
