import * as assert from 'uvu/assert'
import type { BootPlan } from '../../../src/plan/boot-plan.gen.ts'
import type { KernelImage } from '../../../src/kernel/image.ts'
import { compile } from '../../../src/plan/compile.ts'
import { suite } from '../../suite.ts'
import { itemBytes, loadItem, memoryReader } from '../support/guest-memory.ts'
import { hostFacts } from '../support/host-facts.ts'
import { bzImage, elfImage, machineSpec, MIB } from '../support/images.ts'

const test = suite('boot state')
const INITRD = { size: 3 * MIB + 17, sha256: 'ef'.repeat(32) }

function planFor(kernel: KernelImage, memoryBytes = 256 * MIB): BootPlan {
  const result = compile({
    spec: machineSpec(2, { memoryBytes }),
    kernel,
    initrd: INITRD,
    host: hostFacts('amd-epyc-pvm'),
  })
  if (!result.ok) throw new Error(result.problems.map(({ message }) => message).join('\n'))
  return result.plan
}

const PVH = elfImage({ pvhEntry: 0x100010 })

test('the 64-bit protocol starts in long mode with RSI at the zero page', () => {
  const { boot } = planFor(elfImage())
  assert.is(boot.protocol, 'linux64')
  assert.equal(boot.registers, { rip: '0x100000', rflags: '0x2', rsi: '0x21000' })
  assert.equal(boot.control, { cr0: '0x80000011', cr3: '0x1000', cr4: '0x20', efer: '0x500' })
  assert.equal(boot.segments.cs, { selector: '0x10', base: '0x0', limit: '0xffffffff', access: '0xa09b' })
  assert.equal(boot.segments.data, { selector: '0x18', base: '0x0', limit: '0xffffffff', access: '0xc093' })
})

test('PVH starts in flat 32-bit mode with EBX at the start info', () => {
  const { boot } = planFor(PVH)
  assert.is(boot.protocol, 'pvh')
  assert.equal(boot.registers, { rip: '0x100010', rflags: '0x2', rbx: '0x22000' })
  assert.equal(boot.control, { cr0: '0x11', cr3: '0x0', cr4: '0x0', efer: '0x0' })
  assert.is(boot.segments.cs.access, '0xc09b')
})

test('the GDT holds the descriptors that the segment registers were loaded from', () => {
  for (const [plan, code] of [
    [planFor(elfImage()), '00af9b000000ffff'],
    [planFor(PVH), '00cf9b000000ffff'],
  ] as const) {
    const gdt = itemBytes(plan, 'gdt')
    const descriptor = (selector: string): string =>
      gdt.readBigUInt64LE(Number(selector)).toString(16).padStart(16, '0')
    const { cs, data, tr } = plan.boot.segments
    assert.equal(
      [descriptor(cs.selector), descriptor(data.selector), descriptor(tr.selector)],
      [code, '00cf93000000ffff', '00008b0000000067'],
    )
    assert.is(Number(plan.boot.segments.gdt.limit), gdt.length - 1)
    assert.is(plan.boot.segments.gdt.base, loadItem(plan, 'gdt').gpa)
  }
})

test('the page tables map every page of the first GiB to itself and nothing else', () => {
  const plan = planFor(elfImage())
  const read = memoryReader(plan)
  const entry = (table: number, index: number): bigint => read(table + index * 8, 8).readBigUInt64LE()
  const next = (value: bigint): number => Number(value & 0xffffffffff000n)
  const pml4 = Number(plan.boot.control.cr3)
  const pdpt = next(entry(pml4, 0))
  const directory = next(entry(pdpt, 0))
  for (let index = 0; index < 512; index++) {
    assert.is(entry(directory, index), BigInt(index) * 0x200000n + 0x83n)
    if (index > 0) assert.equal([entry(pml4, index), entry(pdpt, index)], [0n, 0n])
  }
  assert.equal([entry(pml4, 0) & 0xfffn, entry(pdpt, 0) & 0xfffn], [3n, 3n])
})

test('the zero page of an ELF says where command line, initrd and memory are', () => {
  const plan = planFor(elfImage())
  const page = itemBytes(plan, 'zero-page')
  assert.is(page.length, 4096)
  assert.is(page.readUInt8(0x1ef), 0, 'sentinel')
  assert.is(page.readUInt16LE(0x1fe), 0xaa55)
  assert.is(page.toString('latin1', 0x202, 0x206), 'HdrS')
  assert.is(page.readUInt16LE(0x206), 0x20f)
  assert.is(page.readUInt8(0x210), 0xff)
  assert.is(page.readUInt8(0x211) & 1, 1)
  assert.is(page.readUInt32LE(0x228), 0x20000)
  assert.is(page.readUInt32LE(0x218), Number(loadItem(plan, 'initrd').gpa))
  assert.is(page.readUInt32LE(0x21c), INITRD.size)
  const map = Array.from({ length: page.readUInt8(0x1e8) }, (_, index) => {
    const at = 0x2d0 + index * 20
    return [page.readBigUInt64LE(at), page.readBigUInt64LE(at + 8), page.readUInt32LE(at + 16)]
  })
  assert.equal(map, [
    [0n, 0x9fc00n, 1],
    [0x9fc00n, 0x400n, 2],
    [0xe0000n, 0x20000n, 2],
    [0x100000n, 0xff00000n, 1],
  ])
})

test("the zero page of a bzImage keeps the file's setup header but for what the loader fills in", () => {
  const image = bzImage()
  const page = itemBytes(planFor(image), 'zero-page')
  const filled = [
    [0x210, 2],
    [0x214, 4],
    [0x218, 8],
    [0x228, 4],
    [0x250, 8],
  ] as const
  for (const [index, byte] of image.setupHeader.entries()) {
    const at = 0x1f1 + index
    if (filled.some(([start, length]) => start <= at && at < start + length)) continue
    assert.is(page[at], byte, `offset 0x${at.toString(16)}`)
  }
  assert.is(page.readUInt8(0x210), 0xff)
  assert.is(page.readUInt8(0x211), (image.setupHeader[0x211 - 0x1f1] ?? 0) | 1)
  assert.is(page.readUInt32LE(0x214), 0x1000000)
  assert.is(page.readBigUInt64LE(0x250), 0n, 'setup_data')
  assert.is(page.readUInt8(0x1e8), 4)
})

test('the PVH start info names command line, initrd and memory map', () => {
  const plan = planFor(PVH)
  const read = memoryReader(plan)
  const info = read(Number(plan.boot.registers.rbx), 56)
  assert.equal([info.readUInt32LE(0), info.readUInt32LE(4), info.readUInt32LE(12)], [0x336ec578, 1, 1])
  assert.is(info.readBigUInt64LE(24), 0x20000n)
  assert.is(info.readBigUInt64LE(32), 0n, 'no RSDP')
  const module = read(Number(info.readBigUInt64LE(16)), 32)
  assert.equal(
    [module.readBigUInt64LE(0), module.readBigUInt64LE(8)],
    [BigInt(loadItem(plan, 'initrd').gpa), BigInt(INITRD.size)],
  )
  const map = read(Number(info.readBigUInt64LE(40)), 24 * info.readUInt32LE(48))
  assert.is(map.length, 4 * 24)
  assert.equal([map.readBigUInt64LE(72), map.readBigUInt64LE(80), map.readUInt32LE(88)], [0x100000n, 0xff00000n, 1])
})

test('the command line ends with a NUL and the BIOS data area points at the EBDA', () => {
  const plan = planFor(elfImage())
  assert.is(itemBytes(plan, 'cmdline').toString('latin1'), 'console=ttyS0 reboot=k panic=-1\0')
  const read = memoryReader(plan)
  assert.is(read(0x40e, 2).readUInt16LE() << 4, 0x9fc00)
  assert.is(read(0x413, 2).readUInt16LE() * 1024, 0x9fc00)
})

test('a relocatable bzImage lies at its preferred address, another at 1 MiB', () => {
  for (const [relocatable, gpa] of [
    [true, 0x1000000],
    [false, 0x100000],
  ] as const) {
    const plan = planFor(bzImage({ relocatable }))
    assert.equal(loadItem(plan, 'kernel.0').from, { file: 'kernel', offset: 0x4000, size: 8 * MIB })
    assert.is(Number(loadItem(plan, 'kernel.0').gpa), gpa)
    assert.is(Number(plan.boot.registers.rip), gpa + 0x200)
  }
})

test('the initrd lies page aligned at the top of what RAM, hole and kernel allow', () => {
  const pages = 4096 * Math.ceil(INITRD.size / 4096)
  for (const [kernel, memory, top] of [
    [elfImage(), 256 * MIB, 256 * MIB],
    [elfImage(), 8192 * MIB, 0x80000000],
    [bzImage({ initrdAddressMax: 0x37ffffff }), 2048 * MIB, 0x38000000],
    [bzImage({ initrdAddressMax: 0xffffffff }), 8192 * MIB, 0xc0000000],
  ] as const) {
    assert.is(Number(loadItem(planFor(kernel, memory), 'initrd').gpa), top - pages)
  }
})

test.run()
