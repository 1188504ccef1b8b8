import * as assert from 'uvu/assert'
import { e820Map, memoryRegions } from '../../src/plan/memory-map.ts'
import { suite } from '../suite.ts'

const test = suite('memory map')
const GIB = 2 ** 30

test('RAM is one region when it ends below the MMIO hole', () => {
  assert.equal(memoryRegions(128 * 2 ** 20), [{ start: 0, size: 0x8000000 }])
  assert.equal(memoryRegions(3 * GIB), [{ start: 0, size: 0xc0000000 }])
})

test('RAM continues at 4 GiB when there is more than 3 GiB', () => {
  assert.equal(memoryRegions(3 * GIB + 4096), [
    { start: 0, size: 0xc0000000 },
    { start: 0x100000000, size: 4096 },
  ])
  assert.equal(memoryRegions(64 * GIB), [
    { start: 0, size: 0xc0000000 },
    { start: 0x100000000, size: 61 * GIB },
  ])
})

test('the e820 map reserves EBDA and BIOS area and leaves the VGA window out', () => {
  assert.equal(e820Map(memoryRegions(4 * GIB)), [
    { start: 0, size: 0x9fc00, type: 1 },
    { start: 0x9fc00, size: 0x400, type: 2 },
    { start: 0xe0000, size: 0x20000, type: 2 },
    { start: 0x100000, size: 0xbff00000, type: 1 },
    { start: 0x100000000, size: GIB, type: 1 },
  ])
})

test('every byte of RAM above 1 MiB is in the e820 map', () => {
  for (const bytes of [2 ** 21, 3 * GIB, 3 * GIB + 4096, 1024 * GIB]) {
    const high = e820Map(memoryRegions(bytes)).filter(({ start }) => start >= 0x100000)
    assert.is(
      high.reduce((sum, { size }) => sum + size, 0),
      bytes - 0x100000,
    )
  }
})

test.run()
