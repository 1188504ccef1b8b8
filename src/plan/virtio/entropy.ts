// Whether a machine has an entropy device where its manifest leaves it open.
import type { KernelImage } from '../../kernel/image.ts'
import type { RngSpec, VmSpec } from '../../manifest/spec.ts'

/**
 * `auto` is for a Linux that finds the device by ACPI. Other guests get no device that they may not know; without ACPI it
 * would take a word on a command line that is the manifest's own.
 */
export function entropyOf(
  { rng, firmware }: Pick<VmSpec, 'rng' | 'firmware'>,
  kernel: KernelImage,
): RngSpec | undefined {
  if (rng !== 'auto') return rng
  return firmware.acpi !== false && isLinux(kernel) && findsVirtio(kernel) ? {} : undefined
}

/** A bzImage, or an ELF with Linux's banner. */
export function isLinux({ format, version }: KernelImage): boolean {
  return format === 'bzimage' || version !== undefined
}

function findsVirtio({ config }: KernelImage): boolean {
  return config?.ACPI !== 'no' && config?.VIRTIO_MMIO !== 'no'
}
