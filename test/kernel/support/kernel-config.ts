// Configurations of kernels, as text and as IKCONFIG puts them into a kernel.
import { gzipSync } from 'node:zlib'

/** The text of a .config with what Debian's cloud kernel has; `false` writes "is not set", undefined no line at all. */
export function configText(changes: Record<string, string | number | false | undefined> = {}): string {
  const settings = {
    ...{
      X86_64: 'y',
      X86_MPPARSE: false,
      ACPI: 'y',
      NR_CPUS: 8192,
      VIRTIO_MMIO: 'm',
      VIRTIO_BLK: 'm',
      VIRTIO_NET: 'm',
      VIRTIO_VSOCKETS: 'm',
      KVM_GUEST: 'y',
    },
    ...{ SERIAL_8250_CONSOLE: 'y' },
    ...changes,
  }
  const lines = Object.entries(settings).flatMap(([name, value]) => {
    if (value === undefined) return []
    return [value === false ? `# CONFIG_${name} is not set` : `CONFIG_${name}=${value}`]
  })
  return `# Linux/x86 6.1.0 Kernel Configuration\n${lines.join('\n')}\n`
}

/** What kernel/configs.c makes of it. */
export function ikconfig(text: string | Buffer): Buffer {
  return Buffer.concat([
    Buffer.from('IKCFG_ST'),
    Buffer.isBuffer(text) ? text : gzipSync(text),
    Buffer.from('IKCFG_ED'),
  ])
}
