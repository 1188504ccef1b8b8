// Whether a kernel finds the virtio devices of its machine, by what it was built with.
import type { KernelConfig } from '../kernel/image.ts'
import type { VmSpec } from '../manifest/spec.ts'

export interface DeviceWarning {
  code: string
  message: string
  pointer: string
  hint: string
}

/** The one warning that explains the others; the entropy device is not worth one. */
export function checkDevicesOfKernel(spec: VmSpec, config: KernelConfig): DeviceWarning | undefined {
  const { disks, networks, vsock, balloon, shares, console } = spec
  const disk = disks.length === 0 ? undefined : checkDriver('disk', disks.length, 'VIRTIO_BLK', spec, config)
  const network =
    networks.length === 0 ? undefined : checkDriver('network', networks.length, 'VIRTIO_NET', spec, config)
  const sockets = vsock === undefined ? undefined : checkDriver('vsock', 1, 'VIRTIO_VSOCKETS', spec, config)
  const memory = balloon === undefined ? undefined : checkDriver('balloon', 1, 'VIRTIO_BALLOON', spec, config)
  const share = shares.length === 0 ? undefined : checkDriver('share', shares.length, 'VIRTIO_FS', spec, config)
  const terminal = console.device === 'virtio' ? checkDriver('console', 1, 'VIRTIO_CONSOLE', spec, config) : undefined
  const root = disks.length === 0 ? undefined : checkRoot(spec, config)
  return disk ?? network ?? sockets ?? memory ?? share ?? terminal ?? root
}

function checkDriver(
  what: 'disk' | 'network' | 'vsock' | 'balloon' | 'share' | 'console',
  count: number,
  driver: 'VIRTIO_BLK' | 'VIRTIO_NET' | 'VIRTIO_VSOCKETS' | 'VIRTIO_BALLOON' | 'VIRTIO_FS' | 'VIRTIO_CONSOLE',
  { firmware }: VmSpec,
  config: KernelConfig,
): DeviceWarning | undefined {
  const end = `: the guest will not find its ${what}${count === 1 ? '' : 's'}`
  const isList = what === 'disk' || what === 'network' || what === 'share'
  const pointer = isList ? `/${what}s` : `/${what}`
  const missing = (['VIRTIO_MMIO', driver] as const).find((name) => config[name] === 'no')
  if (missing !== undefined) {
    const message = `this kernel has no CONFIG_${missing}${end}`
    return { code: 'V305', message, pointer, hint: 'take a kernel that has it' }
  }
  if (firmware.acpi !== false && config.ACPI === 'no') {
    const message = `this kernel has no CONFIG_ACPI, which announces virtio devices${end}`
    return { code: 'V306', message, pointer, hint: 'set firmware.acpi to false: the command line tells it then' }
  }
  if (firmware.acpi === false && config.VIRTIO_MMIO_CMDLINE_DEVICES === 'no') {
    const message = `this kernel has no CONFIG_VIRTIO_MMIO_CMDLINE_DEVICES and the manifest turns ACPI off${end}`
    return { code: 'V306', message, pointer: '/firmware/acpi', hint: 'leave firmware.acpi at auto' }
  }
  return undefined
}

function checkRoot({ kernel }: VmSpec, config: KernelConfig): DeviceWarning | undefined {
  const module = (['VIRTIO_MMIO', 'VIRTIO_BLK'] as const).find((name) => config[name] === 'module')
  if (module === undefined || kernel.initrd !== undefined || !rootsOnDisk(kernel.cmdline)) return undefined
  const message = `this kernel has CONFIG_${module} as a module and there is no initrd to load it from: the guest will not find its root`
  return { code: 'V307', message, pointer: '/kernel', hint: 'give the initrd that belongs to the kernel' }
}

function rootsOnDisk(cmdline: string): boolean {
  return cmdline.split(/\s+/).some((word) => /^root=(\/dev\/vd|LABEL=|UUID=|PARTUUID=)/.test(word))
}
