// ELF kernels: what is read of a right one, and that each way to be wrong is found.
import * as assert from 'uvu/assert'
import type { ElfKernel } from '../../src/kernel/image.ts'
import { suite } from '../suite.ts'
import { address32, address64, buildElf, buildNote, PT_INTERP, PT_NOTE, type ElfPlan } from './support/build-elf.ts'
import { faultOf, readBytes } from './support/read-bytes.ts'

const test = suite('ELF kernels')
const MIB = 1024n ** 2n
const code = Buffer.alloc(32, 0xf4)
const segment = { physicalAddress: MIB, content: code }
const XEN_PHYS32_ENTRY = 18

function elfWithNotes(notes: Buffer, alignment = 4n): Buffer {
  return buildElf({ segments: [segment, { type: PT_NOTE, physicalAddress: 0n, content: notes, alignment }] })
}

async function pvhEntryOf(elf: Buffer): Promise<number | undefined> {
  return ((await readBytes(elf)) as ElfKernel).pvhEntry
}

test('segments are read by physical address, with what is zero in memory', async () => {
  const bss = { physicalAddress: 4n * MIB, content: Buffer.alloc(0), memorySize: 8192n }
  const elf = buildElf({ segments: [{ ...segment, virtualAddress: 0xffffffff80100000n, memorySize: 4096n }, bss] })
  const image = (await readBytes(elf)) as ElfKernel
  assert.is(image.entry, 0x100000)
  assert.equal(image.segments, [
    { gpa: 0x100000, fileOffset: 64 + 2 * 56, fileSize: 32, memorySize: 4096 },
    { gpa: 0x400000, fileOffset: 64 + 2 * 56 + 32, fileSize: 0, memorySize: 8192 },
  ])
})

test('an entry point given as a virtual address is translated by its segment', async () => {
  const virtualAddress = 0xffffffff80100000n
  const elf = buildElf({ segments: [{ ...segment, virtualAddress }], entry: virtualAddress + 16n })
  assert.is(((await readBytes(elf)) as ElfKernel).entry, 0x100010)
})

test('a position-independent executable without an interpreter is read like any other', async () => {
  assert.is((await readBytes(buildElf({ segments: [segment], type: 3 }))).format, 'elf')
})

test('the PVH entry is found behind other notes, in 4 and in 8 bytes, padded to 4 and to 8', async () => {
  const other = (align: number) => buildNote('GNU', 3, Buffer.alloc(20), align)
  const narrow = [other(4), buildNote('Xen', XEN_PHYS32_ENTRY, address32(0x100010))]
  const wide = [other(8), buildNote('Xen', XEN_PHYS32_ENTRY, address64(0x100010n), 8)]
  assert.is(await pvhEntryOf(elfWithNotes(Buffer.concat(narrow))), 0x100010)
  assert.is(await pvhEntryOf(elfWithNotes(Buffer.concat(wide), 8n)), 0x100010)
})

test('notes of others, of other types or that run past their end give no PVH entry', async () => {
  const entry = address32(0x100010)
  const runaway = buildNote('Xen', XEN_PHYS32_ENTRY, entry)
  runaway.writeUInt32LE(0xffffffff, 4)
  const notes = [buildNote('Xan', XEN_PHYS32_ENTRY, entry), buildNote('Xen', 17, entry), runaway, Buffer.alloc(11)]
  for (const note of notes) assert.is(await pvhEntryOf(elfWithNotes(note)), undefined)
})

const past32Bits = buildNote('Xen', XEN_PHYS32_ENTRY, address32(0x200000))
const DAMAGED: [title: string, plan: ElfPlan][] = [
  ['no program headers', { segments: [segment], programHeaderCount: 0 }],
  ['65535 program headers', { segments: [segment], programHeaderCount: 0xffff }],
  ['program headers behind the end of the file', { segments: [segment], programHeaderCount: 9 }],
  ['program headers at 2^64 - 1', { segments: [segment], programHeaderOffset: 2n ** 64n - 1n }],
  ['program headers of a strange size', { segments: [segment], programHeaderSize: 32 }],
  ['nothing to load', { segments: [{ ...segment, type: 6 }] }],
  ['only segments of no size', { segments: [{ ...segment, content: Buffer.alloc(0) }] }],
  ['a segment behind the end of the file', { segments: [{ ...segment, fileSize: 33n }] }],
  ['a segment whose offset wraps', { segments: [{ ...segment, fileOffset: 2n ** 64n - 16n }] }],
  ['a segment larger in the file than in memory', { segments: [{ ...segment, memorySize: 31n }] }],
  ['a segment beyond 2^47', { segments: [{ ...segment, physicalAddress: 2n ** 47n }] }],
  ['a segment whose address wraps', { segments: [{ ...segment, physicalAddress: 2n ** 64n - 1n }] }],
  ['a segment of 2^64 - 1 bytes', { segments: [{ ...segment, memorySize: 2n ** 64n - 1n }] }],
  ['segments that overlap', { segments: [{ ...segment, physicalAddress: MIB + 31n }, segment] }],
  ['an entry point outside', { segments: [segment], entry: MIB + 32n }],
  ['a PVH entry outside', { segments: [segment, { type: PT_NOTE, physicalAddress: 0n, content: past32Bits }] }],
  ['notes behind the end of the file', { segments: [segment, { ...segment, type: PT_NOTE, fileSize: 64n }] }],
  ['notes of a megabyte', { segments: [segment, { ...segment, type: PT_NOTE, fileSize: MIB }] }],
  ['an unknown type', { segments: [segment], type: 9 }],
  ['big-endian x86-64', { segments: [segment], machine: 62 << 8, data: 2 }],
]

for (const [title, plan] of DAMAGED) {
  test(`${title}: damaged`, async () => {
    const error = await faultOf(buildElf(plan))
    assert.equal([error.code, error.fault], ['KERNEL_INVALID', 'damaged'], error.message)
  })
}

const FOREIGN: [title: string, plan: ElfPlan, sentence: RegExp][] = [
  ['for arm64', { segments: [segment], machine: 183 }, /arm64/],
  ['for a big-endian machine', { segments: [segment], machine: 22 << 8, data: 2 }, /s390/],
  ['for a machine without a name here', { segments: [segment], machine: 4711 }, /machine 4711/],
  ['with 32 bits', { segments: [segment], machine: 3, elfClass: 1 }, /32-bit/],
  ['with 32 bits for x86-64', { segments: [segment], elfClass: 1 }, /32-bit/],
  ['that is an object file', { segments: [segment], type: 1 }, /object file/],
  ['that is a core dump', { segments: [segment], type: 4 }, /core dump/],
  ['with an interpreter', { segments: [segment, { ...segment, type: PT_INTERP }] }, /dynamically linked/],
]

for (const [title, plan, sentence] of FOREIGN) {
  test(`an ELF file ${title} is no kernel`, async () => {
    const error = await faultOf(buildElf(plan))
    assert.equal([error.code, error.fault], ['KERNEL_INVALID', 'foreign'], error.message)
    assert.match(error.message, sentence)
  })
}

test('an ELF file cut off anywhere is damaged', async () => {
  const elf = elfWithNotes(buildNote('Xen', XEN_PHYS32_ENTRY, address32(0x100010)))
  for (let length = 4; length < elf.length; length += 7) {
    assert.is((await faultOf(elf.subarray(0, length))).fault, 'damaged', `${length} bytes`)
  }
})

test.run()
