// Which machines have an entropy device that nobody asked for.
import * as assert from 'uvu/assert'
import type { KernelConfig } from '../../../src/kernel/image.ts'
import { parseKernelConfig } from '../../../src/kernel/kernel-config.ts'
import { entropyOf } from '../../../src/plan/virtio/entropy.ts'
import { configText } from '../../kernel/support/kernel-config.ts'
import { suite } from '../../suite.ts'
import { bzImage, elfImage, helloImage, machineSpec } from '../support/images.ts'

const test = suite('entropy devices')
const auto = machineSpec(1, { rng: 'auto', firmware: { mptable: 'auto', acpi: 'auto' } })

test('auto is a device for a Linux that finds it by ACPI', () => {
  assert.equal(entropyOf(auto, bzImage()), {})
  assert.equal(entropyOf(auto, elfImage({ version: '6.1.0-37-amd64' })), {})
  assert.is(entropyOf({ ...auto, firmware: { mptable: true, acpi: false } }, bzImage()), undefined)
})

test('auto is none for a guest that is no Linux, as hello is', () => {
  assert.is(entropyOf(auto, elfImage()), undefined)
  assert.is(entropyOf(auto, helloImage()), undefined)
})

test('auto is none for a Linux that is known not to find it', () => {
  const config = (changes: Parameters<typeof configText>[0]) =>
    parseKernelConfig(configText(changes), 'x') as KernelConfig
  assert.equal(entropyOf(auto, bzImage({ config: config({}) })), {})
  assert.is(entropyOf(auto, bzImage({ config: config({ VIRTIO_MMIO: false }) })), undefined)
  assert.is(entropyOf(auto, bzImage({ config: config({ ACPI: false }) })), undefined)
})

test('what the manifest says holds for every kernel', () => {
  const limited = { rateLimit: { bandwidth: { perSecond: 1, burst: 1 } } }
  assert.equal(entropyOf({ ...auto, rng: limited }, helloImage()), limited)
  assert.is(entropyOf({ firmware: auto.firmware }, bzImage()), undefined)
})

test.run()
