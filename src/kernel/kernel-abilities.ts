// What a kernel can do in a machine of Volt's, by its configuration.
import type { KernelImage, KernelSetting } from './image.ts'
import { parseSettings, settingOf } from './kernel-config.ts'

export interface KernelAbility {
  /** For scripts; never renamed. */
  id: string
  /** "Can it …". */
  what: string
  /** `module`: when that is loaded, from its initrd or its root disk. */
  answer: KernelSetting
  /** The settings that decide it, without CONFIG_. Of several one is enough. */
  settings: readonly string[]
}

type Question = Omit<KernelAbility, 'answer'>

const QUESTIONS: readonly Question[] = [
  { id: 'acpi', what: 'find processors and devices by ACPI', settings: ['ACPI'] },
  { id: 'mptable', what: 'find processors by the MP table (firmware.acpi: false)', settings: ['X86_MPPARSE'] },
  { id: 'kvm-guest', what: "use KVM's clock and know that it is a guest", settings: ['KVM_GUEST'] },
  { id: 'serial-console', what: 'write to console=ttyS0 from its beginning', settings: ['SERIAL_8250_CONSOLE'] },
  { id: 'initrd', what: 'begin with an initrd', settings: ['BLK_DEV_INITRD'] },
  { id: 'virtio-mmio', what: 'see virtio devices', settings: ['VIRTIO_MMIO'] },
  {
    id: 'virtio-mmio-cmdline',
    what: 'see virtio devices without ACPI',
    settings: ['VIRTIO_MMIO_CMDLINE_DEVICES'],
  },
  { id: 'disk', what: 'use disks', settings: ['VIRTIO_BLK'] },
  { id: 'network', what: 'use networks', settings: ['VIRTIO_NET'] },
  { id: 'vsock', what: 'use a vsock', settings: ['VIRTIO_VSOCKETS'] },
  { id: 'share', what: 'use shares (virtiofs)', settings: ['VIRTIO_FS'] },
  { id: 'balloon', what: 'use a balloon', settings: ['VIRTIO_BALLOON'] },
  { id: 'virtio-console', what: 'use console.device: virtio', settings: ['VIRTIO_CONSOLE'] },
  { id: 'rng', what: 'use the entropy device', settings: ['HW_RANDOM_VIRTIO'] },
  { id: 'power-button', what: "obey `volt stop`'s power button", settings: ['ACPI_BUTTON'] },
  { id: 'pvpanic', what: 'report a panic', settings: ['PVPANIC_MMIO'] },
  { id: 'vmgenid', what: 'notice that it was started anew from the same state', settings: ['VMGENID'] },
  { id: 'ext4', what: 'have its root on ext4', settings: ['EXT4_FS'] },
  { id: 'cloud-seed', what: 'read a seed disk of cloud-init', settings: ['ISO9660_FS', 'VFAT_FS'] },
]

/** `config` is the text of its configuration, where there is one. */
export function kernelAbilities(image: KernelImage, config: string | undefined): KernelAbility[] {
  const settings = config === undefined ? undefined : parseSettings(config)
  const answer = (name: string): KernelSetting => (settings === undefined ? 'unknown' : settingOf(settings.get(name)))
  const asked = QUESTIONS.map((question) => ({ ...question, answer: best(question.settings.map(answer)) }))
  return [...startsOf(image), ...asked]
}

function best(answers: readonly KernelSetting[]): KernelSetting {
  return (['yes', 'module', 'unknown'] as const).find((answer) => answers.includes(answer)) ?? 'no'
}

/** By what is in the file, whatever its configuration. */
function startsOf(image: KernelImage): KernelAbility[] {
  const pvh = image.format === 'elf' && image.pvhEntry !== undefined
  const linux64 = image.format === 'elf' || image.entry64
  return [
    { id: 'pvh', what: 'be started by PVH', answer: pvh ? 'yes' : 'no', settings: ['PVH'] },
    {
      id: 'linux64',
      what: 'be started by the 64-bit Linux protocol',
      answer: linux64 ? 'yes' : 'no',
      settings: ['X86_64'],
    },
  ]
}
