// Random damage to right manifests and kernels ends in success or a diagnosis, never in an exception of another kind.
import * as assert from 'uvu/assert'
import { KernelError } from '../../src/kernel/kernel-error.ts'
import { buildBzImage } from '../kernel/support/build-bzimage.ts'
import { address32, buildElf, buildNote, PT_NOTE } from '../kernel/support/build-elf.ts'
import { readBytes } from '../kernel/support/read-bytes.ts'
import { suite } from '../suite.ts'
import { loadText } from './support.ts'
import { within } from './within.ts'

const test = suite('mutations')
const SEED = 20_240_917

/** Numbers below `limit` that are the same in every run (xorshift32). */
function randomNumbers(seed: number): (limit: number) => number {
  let state = seed
  return (limit) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % limit
  }
}

const MANIFEST = `# yaml
apiVersion: volt/v1
kind: MicroVM
metadata: { name: web, labels: &l { tier: front } }
kernel:
  image: ./vmlinuz
  cmdline: [console=ttyS0, "quiet"]
vcpus: { count: 4, cores: 2 }
memory: 128MiB
firmware:
  mptable: true
---
apiVersion: volt/v1
kind: MicroVM
metadata: { name: two }
kernel: { image: builtin:hello }
`
const TOKENS = [
  '', ' ', '\n', '\t', ':', ': ', '- ', '[', ']', '{', '}', '"', "'", '#', '&a ', '*l', '*a', '!!set ', '? ', '|\n', '>',
  '---\n', '...\n', '%YAML 1.3\n', '<<: *l\n', '~', '0', '-1', '.nan', '1e999', '__proto__: 1\n', '\u{1f600}', '\ufeff', '\0', '@', '`',
] // prettier-ignore

function mutateText(text: string, random: (limit: number) => number): string {
  let result = text
  for (let times = 1 + random(3); times > 0; times--) {
    const start = random(result.length + 1)
    const removed = random(3) === 0 ? random(30) : random(2)
    result = result.slice(0, start) + (TOKENS[random(TOKENS.length)] ?? '') + result.slice(start + removed)
  }
  return result
}

test('500 damaged manifests give documents or diagnostics with places that exist', async () => {
  const random = randomNumbers(SEED)
  let valid = 0
  for (let round = 0; round < 500; round++) {
    const text = mutateText(MANIFEST, random)
    const context = JSON.stringify(text)
    const { documents, diagnostics, source } = await within(5000, loadText(text)).catch((error: unknown) => {
      throw new Error(`round ${round}: ${context}`, { cause: error })
    })
    assert.ok(documents.length > 0 || diagnostics.length > 0, context)
    if (diagnostics.length === 0) valid++
    const lines = source.split('\n')
    for (const { start, message } of diagnostics) {
      const line = lines[start.line - 1]
      assert.ok(line !== undefined && start.column >= 1 && start.column <= line.length + 1, context)
      assert.not.match(message, /\p{Cc}|undefined/u, context)
    }
  }
  assert.ok(valid > 0 && valid < 500, 'some mutations are harmless and some are not')
})

const note = buildNote('Xen', 18, address32(0x100010))
const elf = buildElf({
  segments: [
    { physicalAddress: 0x100000n, content: Buffer.alloc(32, 0xf4) },
    { physicalAddress: 0x200000n, content: Buffer.alloc(8), memorySize: 4096n },
    { type: PT_NOTE, physicalAddress: 0n, content: note },
  ],
})
/** What is worth writing into a field: limits, signs, and numbers next to them. */
const BYTES = [0x00, 0x01, 0x02, 0x7f, 0x80, 0xfe, 0xff]

async function survives(bytes: Buffer): Promise<boolean> {
  const result = await within(5000, readBytes(bytes)).catch((error: unknown) => error)
  if (result instanceof Error) assert.instance(result, KernelError, result.stack ?? '')
  return !(result instanceof Error)
}

for (const [name, image, header] of [
  ['ELF', elf, elf.length],
  ['bzImage', buildBzImage(), 0x270],
] as const) {
  test(`400 damaged ${name} headers are read or refused`, async () => {
    const random = randomNumbers(SEED)
    let accepted = 0
    for (let round = 0; round < 400; round++) {
      const bytes = Buffer.from(image)
      for (let times = 1 + random(4); times > 0; times--) {
        const start = name === 'ELF' ? random(header) : 0x1f1 + random(header - 0x1f1)
        bytes.fill(BYTES[random(BYTES.length)] ?? 0, start, Math.min(start + 1 + random(8), bytes.length))
      }
      const length = random(8) === 0 ? random(bytes.length) : bytes.length
      if (await survives(bytes.subarray(0, length))) accepted++
    }
    assert.ok(accepted > 0 && accepted < 400, 'some mutations are harmless and some are not')
  })
}

test.run()
