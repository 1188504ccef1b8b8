// The text of a kernel's configuration: what counts as on, off and unknown.
import * as assert from 'uvu/assert'
import { parseKernelConfig } from '../../src/kernel/kernel-config.ts'
import { suite } from '../suite.ts'
import { configText } from './support/kernel-config.ts'

const test = suite('kernel configurations')

test('each setting is read by its own line', () => {
  assert.equal(parseKernelConfig(configText(), 'config-6.1.0'), {
    source: 'config-6.1.0',
    X86_MPPARSE: 'no',
    ACPI: 'yes',
    VIRTIO_MMIO: 'module',
    VIRTIO_MMIO_CMDLINE_DEVICES: 'no',
    VIRTIO_BLK: 'module',
    VIRTIO_NET: 'module',
    VIRTIO_VSOCKETS: 'module',
    VIRTIO_BALLOON: 'no',
    VIRTIO_CONSOLE: 'no',
    VIRTIO_FS: 'no',
    KVM_GUEST: 'yes',
    SERIAL_8250_CONSOLE: 'yes',
    NR_CPUS: 8192,
  })
})

test('a setting without a line is off, because Kconfig leaves out what its dependencies rule out', () => {
  const config = parseKernelConfig(configText({ SERIAL_8250_CONSOLE: undefined, VIRTIO_MMIO: undefined }), 'x')
  assert.equal([config?.SERIAL_8250_CONSOLE, config?.VIRTIO_MMIO], ['no', 'no'])
})

test('names that only contain a known one, and values that are no words of Kconfig, are not taken for it', () => {
  const text = configText({ ACPI: '"y"', NR_CPUS: undefined, NR_CPUS_DEFAULT: 64, XACPI: 'y', X86_MPPARSE_2: 'y' })
  const config = parseKernelConfig(text, 'x')
  assert.equal([config?.ACPI, config?.X86_MPPARSE, config?.NR_CPUS], ['unknown', 'no', undefined])
})

for (const count of ['', '0', '-1', '0x40', '99999999']) {
  test(`NR_CPUS=${count} is no number of processors`, () => {
    assert.is(parseKernelConfig(configText({ NR_CPUS: count }), 'x')?.NR_CPUS, undefined)
  })
}

test('line ends of another system are accepted', () => {
  assert.is(parseKernelConfig(configText().replaceAll('\n', '\r\n'), 'x')?.ACPI, 'yes')
})

test('what is not the configuration of an x86-64 kernel is none', () => {
  assert.is(parseKernelConfig('', 'x'), undefined)
  assert.is(parseKernelConfig(configText({ X86_64: false }), 'x'), undefined)
  assert.is(parseKernelConfig('\0'.repeat(100_000), 'x'), undefined)
})

test.run()
