// Where each virtio device of a machine answers and how it interrupts: an MMIO window and a GSI of its own.
import type { RngSpec, VmSpec } from '../../manifest/spec.ts'
import { VIRTIO_MMIO, VIRTIO_WINDOW } from '../guest-layout.ts'
import type { PlanProblem } from '../plan-problem.ts'
import { wantedDevices, type VirtioSpec } from './devices.ts'

export interface VirtioSlot {
  /** Guest-physical address of the window, VIRTIO_WINDOW bytes long. */
  base: number
  gsi: number
}

/** Most favoured first: lines that PCs leave to cards, then pins that only an I/O APIC has. ACPI's own is 9, COM1's 4. */
const GSIS_WITH_ACPI = [5, 6, 7, 10, 11, 12, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 8, 13]
/** Lines that the MP table lists and nobody uses: not those of the timer, the keyboard, the UARTs, the RTC and the FPU. */
const GSIS_WITHOUT_ACPI = [5, 6, 7, 10, 11, 12, 14, 15, 9]

/** One for each of `wantedDevices`, in their order; fewer after pushing V220. */
export function layOutVirtio(
  spec: VirtioSpec & Pick<VmSpec, 'firmware'>,
  rng: RngSpec | undefined,
  problems: PlanProblem[],
): VirtioSlot[] {
  const acpi = spec.firmware.acpi !== false
  const gsis = acpi ? GSIS_WITH_ACPI : GSIS_WITHOUT_ACPI
  const wanted = wantedDevices(spec, rng)
  for (const { pointer, what } of wanted.slice(gsis.length)) {
    const without = acpi ? '' : ' without ACPI'
    const message = `there is no interrupt left for ${what}: a machine${without} has ${gsis.length} for virtio devices, and this one has ${wanted.length}`
    const hint = acpi
      ? 'leave some of them out'
      : 'leave some of them out, or leave firmware.acpi at auto for more interrupts'
    problems.push({ code: 'V220', message, pointer, hint })
  }
  return gsis.slice(0, wanted.length).map((gsi, index) => ({ base: VIRTIO_MMIO + index * VIRTIO_WINDOW, gsi }))
}
