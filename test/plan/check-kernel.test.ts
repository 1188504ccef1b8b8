// Machines that do not fit their kernel: each warning, where it points, and that the machines beside it get none.
import * as assert from 'uvu/assert'
import type { KernelConfig } from '../../src/kernel/image.ts'
import type { Firmware, VmSpec } from '../../src/manifest/spec.ts'
import { checkKernel } from '../../src/plan/check-kernel.ts'
import { suite } from '../suite.ts'
import { bzImage, diskSpec, elfImage, machineSpec, MIB } from './support/images.ts'

const test = suite('machines and kernels that do not fit')

const FULL: KernelConfig = {
  source: 'config-6.1.0',
  X86_MPPARSE: 'yes',
  ACPI: 'yes',
  VIRTIO_MMIO: 'module',
  VIRTIO_MMIO_CMDLINE_DEVICES: 'yes',
  VIRTIO_BLK: 'module',
  VIRTIO_NET: 'module',
  VIRTIO_VSOCKETS: 'module',
  VIRTIO_BALLOON: 'module',
  VIRTIO_CONSOLE: 'module',
  VIRTIO_FS: 'module',
  KVM_GUEST: 'yes',
  SERIAL_8250_CONSOLE: 'yes',
  NR_CPUS: 8192,
}
const firmware = (mptable: Firmware, acpi: Firmware): Partial<VmSpec> => ({ firmware: { mptable, acpi } })

const onConsole = (cmdline: string): VmSpec => {
  const spec = machineSpec(1, { console: { device: 'virtio', maxSizeBytes: 1 << 24 }, ...firmware('auto', 'auto') })
  return { ...spec, kernel: { ...spec.kernel, cmdline } }
}

/** Code and pointer of each warning. */
function warningsOf(spec: VmSpec, config?: Partial<KernelConfig>): string[] {
  const warnings = checkKernel(spec, bzImage(config === undefined ? {} : { config: { ...FULL, ...config } }))
  assert.ok(warnings.every(({ severity }) => severity === 'warning'))
  return warnings.map(({ code, pointer }) => `${code} ${pointer}`)
}

test('there are none for a kernel that has everything, or of which nothing is known', () => {
  for (const tables of [
    firmware('auto', 'auto'),
    firmware('auto', false),
    firmware(false, 'auto'),
    firmware(false, false),
  ]) {
    assert.equal(warningsOf(machineSpec(4, tables), {}), [])
    assert.equal(warningsOf(machineSpec(4, tables)), [])
  }
  assert.equal(checkKernel(machineSpec(300, firmware('auto', 'auto')), elfImage()), [])
})

test('V301: the MP table alone, for a kernel that does not read it', () => {
  const spec = machineSpec(4, firmware('auto', false))
  assert.equal(warningsOf(spec, { X86_MPPARSE: 'no' }), ['V301 /firmware/acpi'])
  const [warning] = checkKernel(spec, bzImage({ config: { ...FULL, X86_MPPARSE: 'no' } }))
  assert.match(
    warning?.message ?? '',
    'no CONFIG_X86_MPPARSE and the manifest turns ACPI off: the guest will see 1 of 4 vCPUs',
  )
  assert.match(warning?.hint ?? '', 'config-6.1.0')
  assert.equal(warningsOf(spec, { X86_MPPARSE: 'unknown' }), [])
  assert.equal(warningsOf(machineSpec(1, firmware('auto', false)), { X86_MPPARSE: 'no' }), [])
  assert.equal(warningsOf(machineSpec(4, firmware('auto', 'auto')), { X86_MPPARSE: 'no' }), [])
})

test('V302: more vCPUs than the kernel was built for', () => {
  assert.equal(warningsOf(machineSpec(65), { NR_CPUS: 64 }), ['V302 /vcpus'])
  assert.equal(warningsOf(machineSpec(64), { NR_CPUS: 64 }), [])
  const one = machineSpec(4, firmware('auto', false))
  assert.equal(warningsOf(one, { NR_CPUS: 2, X86_MPPARSE: 'no' }), ['V301 /firmware/acpi'], 'it sees one anyway')
})

test('V303: a kernel without ACPI, and no MP table that it could read', () => {
  assert.equal(warningsOf(machineSpec(4, firmware(false, 'auto')), { ACPI: 'no' }), ['V303 /firmware/mptable'])
  assert.equal(warningsOf(machineSpec(255, firmware('auto', 'auto')), { ACPI: 'no' }), ['V303 /vcpus'])
  const neither: Partial<KernelConfig> = { ACPI: 'no', X86_MPPARSE: 'no' }
  assert.equal(warningsOf(machineSpec(4, firmware('auto', 'auto')), neither), ['V303 /vcpus'])
  assert.equal(warningsOf(machineSpec(254, firmware('auto', 'auto')), { ACPI: 'no' }), [])
  assert.equal(warningsOf(machineSpec(1, firmware(false, 'auto')), { ACPI: 'no' }), [])
})

test('V304: a serial console without its driver', () => {
  const withCmdline = (cmdline: string) => machineSpec(1, { kernel: { ...machineSpec(1).kernel, cmdline } })
  const without: Partial<KernelConfig> = { SERIAL_8250_CONSOLE: 'no' }
  assert.equal(warningsOf(withCmdline('quiet console=ttyS0,115200'), without), ['V304 /console'])
  assert.equal(warningsOf(withCmdline('console=hvc0'), without), [])
  assert.equal(warningsOf(withCmdline('console=ttyS0 earlyprintk=serial,ttyS0,keep'), without), [])
  assert.equal(warningsOf(machineSpec(1, { console: { device: 'none', maxSizeBytes: 1 << 24 } }), without), [])
})

const DISK = diskSpec('root')
const onDisk = (cmdline: string, changes: Partial<VmSpec> = {}): VmSpec =>
  machineSpec(1, { kernel: { ...machineSpec(1).kernel, initrd: './initrd', cmdline }, disks: [DISK], ...changes })

test('V305: disks and a kernel without the drivers', () => {
  assert.equal(warningsOf(onDisk(''), { VIRTIO_MMIO: 'no', VIRTIO_BLK: 'no' }), ['V305 /disks'])
  assert.equal(warningsOf(onDisk(''), { VIRTIO_BLK: 'no' }), ['V305 /disks'])
  assert.equal(warningsOf(onDisk(''), { VIRTIO_MMIO: 'unknown', VIRTIO_BLK: 'yes' }), [])
  assert.equal(warningsOf(machineSpec(1, { rng: {} }), { VIRTIO_MMIO: 'no' }), [])
})

test('V305 and V306: a balloon and a kernel that does not find it', () => {
  const balloon = { targetBytes: 64 * MIB, freePageReporting: true, deflateOnOom: true, statsIntervalMs: 1000 }
  const spec = machineSpec(1, { balloon, ...firmware('auto', 'auto') })
  assert.equal(warningsOf(spec, {}), [])
  assert.equal(warningsOf(spec, { VIRTIO_BALLOON: 'no' }), ['V305 /balloon'])
  assert.equal(warningsOf(spec, { ACPI: 'no', X86_MPPARSE: 'yes' }), ['V306 /balloon'])
})

test('V305 and V306: shares and a kernel that does not find them', () => {
  const shares = [{ tag: 'src', directory: '.', readOnly: false, cache: 'auto' as const }]
  const spec = machineSpec(1, { shares, ...firmware('auto', 'auto') })
  assert.equal(warningsOf(spec, {}), [])
  assert.equal(warningsOf(spec, { VIRTIO_FS: 'no' }), ['V305 /shares'])
  assert.equal(warningsOf(spec, { ACPI: 'no', X86_MPPARSE: 'yes' }), ['V306 /shares'])
})

test('V305 and V306: a virtio console and a kernel that does not find it', () => {
  const spec = onConsole('console=ttyS0 console=hvc0')
  assert.equal(warningsOf(spec, {}), [])
  assert.equal(warningsOf(spec, { VIRTIO_CONSOLE: 'no' }), ['V305 /console'])
  assert.equal(warningsOf(spec, { ACPI: 'no', X86_MPPARSE: 'yes' }), ['V306 /console'])
})

test('V308: a virtio console of which the command line does not know, whatever is known of the kernel', () => {
  for (const cmdline of ['console=ttyS0', '', 'xconsole=hvc0', 'console=hvc01', 'console=hvc1']) {
    assert.equal(warningsOf(onConsole(cmdline), {}), ['V308 /console'], cmdline)
    assert.equal(warningsOf(onConsole(cmdline)), ['V308 /console'], cmdline)
  }
  for (const cmdline of ['console=hvc0', 'quiet console=hvc0', 'console=hvc0 quiet']) {
    assert.equal(warningsOf(onConsole(cmdline)), [], cmdline)
  }
  assert.equal(warningsOf(onConsole(''), { VIRTIO_CONSOLE: 'no' }), ['V305 /console'])
  assert.equal(checkKernel(onConsole('console=ttyS0'), elfImage()), [])
})

test('V306: disks and a kernel that is not told of them', () => {
  const acpi = onDisk('', firmware('auto', 'auto'))
  assert.equal(warningsOf(acpi, { VIRTIO_MMIO_CMDLINE_DEVICES: 'no' }), [])
  assert.equal(warningsOf(acpi, { ACPI: 'no' }), ['V306 /disks'])
  const none = onDisk('', firmware('auto', false))
  assert.equal(warningsOf(none, { VIRTIO_MMIO_CMDLINE_DEVICES: 'no' }), ['V306 /firmware/acpi'])
  assert.equal(warningsOf(none, { ACPI: 'no' }), [])
})

test('V307: a root on a disk whose drivers are modules that nothing loads', () => {
  const alone = (cmdline: string): VmSpec => ({ ...onDisk(cmdline), kernel: { ...machineSpec(1).kernel, cmdline } })
  assert.equal(warningsOf(alone('root=/dev/vda'), {}), ['V307 /kernel'])
  assert.equal(warningsOf(alone('quiet root=LABEL=volt-root rw'), { VIRTIO_MMIO: 'yes' }), ['V307 /kernel'])
  assert.equal(warningsOf(alone('root=/dev/vda'), { VIRTIO_MMIO: 'yes', VIRTIO_BLK: 'yes' }), [])
  assert.equal(warningsOf(alone('root=/dev/ram0'), {}), [])
  assert.equal(warningsOf(onDisk('root=/dev/vda'), {}), [])
})

test('warnings about processors and console come together', () => {
  const none: Partial<KernelConfig> = { NR_CPUS: 1, SERIAL_8250_CONSOLE: 'no' }
  assert.equal(warningsOf(machineSpec(2), none), ['V302 /vcpus', 'V304 /console'])
})

test('networks need their driver and a way to be found; what is wrong with the disks is said first', () => {
  const network = {
    name: 'lan',
    user: { ports: [] },
    mac: '02:00:00:00:00:01',
    mtu: 1500,
    queues: 1,
    preventSpoofing: true,
  }
  const spec = machineSpec(1, { networks: [network], firmware: { mptable: 'auto', acpi: 'auto' } })
  assert.equal(warningsOf(spec, { VIRTIO_NET: 'no' }), ['V305 /networks'])
  assert.equal(warningsOf(spec, { ACPI: 'no' }), ['V306 /networks'])
  assert.equal(warningsOf(spec, { VIRTIO_BLK: 'no' }), [])
  const both = { ...spec, disks: [diskSpec('root')] }
  assert.equal(warningsOf(both, { VIRTIO_MMIO: 'no' }), ['V305 /disks'])
})

test('a vsock needs its driver and a way to be found', () => {
  const spec = machineSpec(1, { vsock: { cid: 7 }, firmware: { mptable: 'auto', acpi: 'auto' } })
  assert.equal(warningsOf(spec, {}), [])
  assert.equal(warningsOf(spec, { VIRTIO_VSOCKETS: 'no' }), ['V305 /vsock'])
  assert.equal(warningsOf(spec, { VIRTIO_MMIO: 'no' }), ['V305 /vsock'])
  assert.equal(warningsOf(spec, { ACPI: 'no' }), ['V306 /vsock'])
  assert.equal(warningsOf({ ...spec, disks: [diskSpec('root')] }, { VIRTIO_MMIO: 'no' }), ['V305 /disks'])
})

test.run()
