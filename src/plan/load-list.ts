// What is written to guest memory before the first instruction, in ascending order.
import type { InitrdImage, KernelImage } from '../kernel/image.ts'
import type { LoadItem, PlanFile } from './boot-plan.gen.ts'
import { resetVector } from './boot/reset-vector.ts'
import { BASE_MEMORY_END, BDA_BASE_MEMORY_KIB, BDA_EBDA_SEGMENT, EBDA, KIB } from './guest-layout.ts'
import type { MachineLayout } from './layout.ts'
import { fileItem, inlineItem } from './load-item.ts'

const KERNEL_FILE = 'kernel'
const INITRD_FILE = 'initrd'

export function planFiles(kernel: KernelImage, initrd: InitrdImage | undefined): PlanFile[] {
  const files = [{ id: KERNEL_FILE, size: kernel.size, sha256: kernel.sha256 }]
  return initrd ? [...files, { id: INITRD_FILE, size: initrd.size, sha256: initrd.sha256 }] : files
}

/** `bootTables` are those of the boot protocol. */
export function loadList(layout: MachineLayout, bootTables: readonly LoadItem[]): LoadItem[] {
  const { address, bytes } = layout.commandLine
  const commandLine = new Uint8Array(bytes.length + 1)
  commandLine.set(bytes)
  const items = [biosDataArea(), resetVector(), ...bootTables, inlineItem('cmdline', address, commandLine)]
  const { mptable, acpi } = layout.firmware
  if (mptable) {
    items.push(inlineItem('mptable.pointer', mptable.pointerAddress, mptable.pointer))
    items.push(inlineItem('mptable.config', mptable.configAddress, mptable.config))
  }
  for (const table of acpi?.tables ?? []) items.push(inlineItem(table.label, table.address, table.bytes))
  for (const [index, { gpa, fileOffset, fileSize, memorySize }] of layout.kernel.segments.entries()) {
    items.push(fileItem(`kernel.${index}`, gpa, memorySize, { file: KERNEL_FILE, offset: fileOffset, fileSize }))
  }
  if (layout.initrd) {
    const { start, size } = layout.initrd
    items.push(fileItem('initrd', start, size, { file: INITRD_FILE, offset: 0, fileSize: size }))
  }
  return items.sort((a, b) => Number(a.gpa) - Number(b.gpa))
}

/** Tells scanning operating systems where the EBDA begins and so where base memory ends. */
function biosDataArea(): LoadItem {
  const bytes = new Uint8Array(BDA_BASE_MEMORY_KIB + 2 - BDA_EBDA_SEGMENT)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, EBDA >>> 4, true)
  view.setUint16(BDA_BASE_MEMORY_KIB - BDA_EBDA_SEGMENT, (BASE_MEMORY_END - KIB) / KIB, true)
  return inlineItem('bios-data-area', BDA_EBDA_SEGMENT, bytes)
}
