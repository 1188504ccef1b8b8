// What a kernel was built with, from the text of its configuration (.config, Documentation/kbuild/kconfig.rst).
import type { KernelConfig, KernelSetting } from './image.ts'

/** Debian's has 260,000 bytes. */
export const CONFIG_BYTES_MAX = 2 * 1024 * 1024

/**
 * `source` names where the text was found. Undefined when this is not the configuration of an x86-64 kernel. A setting
 * that a whole configuration does not mention is off: Kconfig writes no line for what its dependencies rule out.
 */
export function parseKernelConfig(text: string, source: string): KernelConfig | undefined {
  const settings = parseSettings(text)
  if (settings.get('X86_64') !== 'y') return undefined
  const count = settings.get('NR_CPUS') ?? ''
  const setting = (name: string): KernelSetting => settingOf(settings.get(name))
  return {
    source,
    X86_MPPARSE: setting('X86_MPPARSE'),
    ACPI: setting('ACPI'),
    VIRTIO_MMIO: setting('VIRTIO_MMIO'),
    VIRTIO_MMIO_CMDLINE_DEVICES: setting('VIRTIO_MMIO_CMDLINE_DEVICES'),
    VIRTIO_BLK: setting('VIRTIO_BLK'),
    VIRTIO_NET: setting('VIRTIO_NET'),
    VIRTIO_VSOCKETS: setting('VIRTIO_VSOCKETS'),
    VIRTIO_BALLOON: setting('VIRTIO_BALLOON'),
    VIRTIO_CONSOLE: setting('VIRTIO_CONSOLE'),
    VIRTIO_FS: setting('VIRTIO_FS'),
    KVM_GUEST: setting('KVM_GUEST'),
    SERIAL_8250_CONSOLE: setting('SERIAL_8250_CONSOLE'),
    ...(/^[1-9]\d{0,6}$/.test(count) && { NR_CPUS: Number(count) }),
  }
}

/** Values by names without CONFIG_, as they are written; what is off has none. */
export function parseSettings(text: string): Map<string, string> {
  const settings = new Map<string, string>()
  for (const [, name, value] of text.matchAll(/^CONFIG_(\w+)=(.*?)\r?$/gm)) settings.set(name ?? '', value ?? '')
  return settings
}

export function settingOf(value: string | undefined): KernelSetting {
  if (value === undefined || value === 'n') return 'no'
  if (value === 'y') return 'yes'
  return value === 'm' ? 'module' : 'unknown'
}
