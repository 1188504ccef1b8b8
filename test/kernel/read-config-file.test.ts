// The configuration beside a kernel: which file is taken, and that nothing but a sound one counts.
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { CONFIG_BYTES_MAX } from '../../src/kernel/kernel-config.ts'
import { readConfigFile } from '../../src/kernel/read-config-file.ts'
import { suite } from '../suite.ts'
import { within } from '../manifest/within.ts'
import { configText } from './support/kernel-config.ts'

const test = suite('configuration beside a kernel')
let directory = ''

test.before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'volt-config-'))
  await mkdir(join(directory, 'boot'))
  await write('boot/config-1.0', configText({ NR_CPUS: 1 }))
  await write('boot/config-2.0', configText({ NR_CPUS: 2 }))
  await write('config-3.0', configText({ NR_CPUS: 3 }))
  await write('boot/config-text', 'this is no configuration\n')
  await write('boot/config-huge', configText() + '#'.repeat(CONFIG_BYTES_MAX))
  await mkdir(join(directory, 'boot/config-directory'))
  execFileSync('mkfifo', [join(directory, 'boot/config-fifo')])
})
test.after(() => rm(directory, { recursive: true }))

const write = (name: string, text: string) => writeFile(join(directory, name), text)

/** NR_CPUS and the file's name. */
async function found(image: string, version?: string): Promise<unknown> {
  const config = await within(5000, readConfigFile(join(directory, 'boot', image), version))
  return config && [config.NR_CPUS, config.source]
}

test("is found by the image's name", async () => {
  assert.equal(await found('vmlinuz-1.0'), [1, 'config-1.0'])
  assert.equal(await found('vmlinux-2.0'), [2, 'config-2.0'])
})

test('is found by the version that the kernel tells, which counts before the name', async () => {
  assert.equal(await found('kernel', '2.0'), [2, 'config-2.0'])
  assert.equal(await found('vmlinuz-1.0', '2.0'), [2, 'config-2.0'])
  assert.equal(await found('vmlinuz-1.0', 'other'), [1, 'config-1.0'])
})

test('is not looked for in another directory, whatever a kernel calls itself', async () => {
  assert.is(await found('kernel', '/../../config-3.0'), undefined)
  assert.is(await found('kernel', '3.0'), undefined)
})

test('is not there for a kernel without a version', async () => {
  assert.is(await found('kernel'), undefined)
  assert.is(await found('bzImage-1.0'), undefined)
})

for (const name of ['text', 'huge', 'directory', 'fifo', 'none', 'long'.repeat(100)]) {
  test(`config-${name.slice(0, 12)} is none`, async () => assert.is(await found('kernel', name), undefined))
}

test.run()
