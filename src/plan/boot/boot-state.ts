// The bootstrap processor at its first instruction, and the tables that its boot protocol wants in memory.
import type { KernelImage } from '../../kernel/image.ts'
import { hex } from '../address.ts'
import type { BootState, LoadItem } from '../boot-plan.gen.ts'
import { GDT, PAGE_TABLES, PVH_START_INFO, ZERO_PAGE } from '../guest-layout.ts'
import type { MachineLayout } from '../layout.ts'
import { inlineItem } from '../load-item.ts'
import { flatDescriptors } from './descriptor-table.ts'
import { identityPageTables } from './page-tables.ts'
import { buildStartInfo } from './pvh-start-info.ts'
import { buildZeroPage } from './zero-page.ts'

const CR0_PE = 0x1
const CR0_ET = 0x10
const CR0_PG = 0x80000000
const CR4_PAE = 0x20
const EFER_LME_LMA = 0x500
/** Bit 1 is always one; interrupts are off. */
const RFLAGS = 0x2
/** As FNINIT and power-up leave them: all exceptions masked. */
const FPU = { fcw: '0x37f', mxcsr: '0x1f80' } as const

export interface Boot {
  state: BootState
  load: LoadItem[]
}

export function prepareBoot(layout: MachineLayout, image: KernelImage): Boot {
  return layout.boot.name === 'pvh' ? preparePvh(layout) : prepareLinux64(layout, image)
}

/** boot.rst, "64-bit boot protocol": paging on, __BOOT_CS and __BOOT_DS flat, interrupts off, RSI at boot_params. */
function prepareLinux64(layout: MachineLayout, image: KernelImage): Boot {
  const { segments, gdt } = flatDescriptors(64)
  const zeroPage = buildZeroPage({
    image,
    kernelAddress: layout.kernel.segments[0]?.gpa ?? 0,
    commandLineAddress: layout.commandLine.address,
    initrd: layout.initrd,
    e820: layout.e820,
    rsdpAddress: rsdpAddress(layout),
  })
  const cr0 = hex(CR0_PG + CR0_ET + CR0_PE)
  return {
    state: {
      protocol: 'linux64',
      registers: { rip: hex(layout.kernel.entry), rflags: hex(RFLAGS), rsi: hex(ZERO_PAGE) },
      control: { cr0, cr3: hex(PAGE_TABLES), cr4: hex(CR4_PAE), efer: hex(EFER_LME_LMA) },
      segments,
      fpu: FPU,
    },
    load: [
      inlineItem('gdt', GDT, gdt),
      inlineItem('page-tables', PAGE_TABLES, identityPageTables()),
      inlineItem('zero-page', ZERO_PAGE, zeroPage),
    ],
  }
}

/** Xen's docs/misc/pvh.pandoc: 32-bit protected mode without paging, EBX at the start info. */
function preparePvh(layout: MachineLayout): Boot {
  const { segments, gdt } = flatDescriptors(32)
  const startInfo = buildStartInfo({
    commandLineAddress: layout.commandLine.address,
    initrd: layout.initrd,
    e820: layout.e820,
    rsdpAddress: rsdpAddress(layout),
  })
  return {
    state: {
      protocol: 'pvh',
      registers: { rip: hex(layout.kernel.entry), rflags: hex(RFLAGS), rbx: hex(PVH_START_INFO) },
      control: { cr0: hex(CR0_ET + CR0_PE), cr3: '0x0', cr4: '0x0', efer: '0x0' },
      segments,
      fpu: FPU,
    },
    load: [inlineItem('gdt', GDT, gdt), inlineItem('pvh.start-info', PVH_START_INFO, startInfo)],
  }
}

function rsdpAddress({ firmware }: MachineLayout): number {
  return firmware.acpi?.tables[0]?.address ?? 0
}
