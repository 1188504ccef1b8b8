// What stands at the reset vector: there is no BIOS to reboot through, so the code there resets the machine.
// Linux takes this way by itself where ACPI is hardware-reduced and there is no EFI.
import type { LoadItem } from '../boot-plan.gen.ts'
import { RESET_VECTOR } from '../guest-layout.ts'
import { inlineItem } from '../load-item.ts'

// prettier-ignore
const CODE = [
  0xb0, 0xfe, // mov $0xfe, %al
  0xe6, 0x64, // out %al, $0x64: the i8042 pulses the reset line
  0xf4,       // hlt
  0xeb, 0xfd, // jmp to the hlt
]

export function resetVector(): LoadItem {
  return inlineItem('reset-vector', RESET_VECTOR, new Uint8Array(CODE))
}
