// Machines with a writable disk that are ended and started at once: the lock of the disk goes with the old process.
import * as assert from 'uvu/assert'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { helloManifest, type Workplace } from '../cli/volt.ts'
import { suite } from '../suite.ts'
import { whyNoMachines } from './kvm.ts'
import { ps, withPlace } from './place.ts'

const test = suite('a machine with a disk, started again')
const skip = whyNoMachines()
const ROUNDS = 4
const IMAGE = '\0'.repeat(2 ** 20)

const manifest = (memory: string) =>
  `${helloManifest({ cmdline: 'stay', stopTimeout: '100ms' })}memory: ${memory}\ndisks: [{ name: root, path: ./root.img }]\n`

async function apply(place: Workplace): Promise<void> {
  const { code, stderr } = await place.volt('apply', 'vm.yaml', '--yes')
  assert.is(code, 0, stderr)
  assert.is((await ps(place))[0]?.description, 'running')
}

test.skipIf(skip, 'apply restarts it for a change, each time', async () => {
  await withPlace({ 'vm.yaml': manifest('64MiB'), 'root.img': IMAGE }, async (place) => {
    await apply(place)
    for (let round = 1; round <= ROUNDS; round++) {
      await writeFile(join(place.directory, 'vm.yaml'), manifest(`${64 + round}MiB`))
      await apply(place)
    }
  })
})

test.skipIf(skip, 'destroy and apply, each time', async () => {
  await withPlace({ 'vm.yaml': manifest('64MiB'), 'root.img': IMAGE }, async (place) => {
    for (let round = 0; round < ROUNDS; round++) {
      await apply(place)
      const { code, stderr } = await place.volt('destroy', 'hello')
      assert.is(code, 0, stderr)
    }
  })
})

test.run()
