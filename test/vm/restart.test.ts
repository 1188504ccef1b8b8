// Machines that are ended and started at once: the lock of a disk goes with the old process, and nothing is ended for a
// start that is known to fail.
import * as assert from 'uvu/assert'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { helloManifest, type Workplace } from '../cli/volt.ts'
import { suite } from '../suite.ts'
import { whyNoMachines } from './kvm.ts'
import { ps, withPlace } from './place.ts'

const test = suite('a machine that is started again')
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

test.skipIf(skip, 'a program that is missing is missed before the machine is ended', async () => {
  const before = helloManifest({ cmdline: 'stay', stopTimeout: '100ms' })
  await withPlace({ 'vm.yaml': before }, async (place) => {
    await apply(place)
    const [{ pid } = {}] = await ps(place)
    await writeFile(join(place.directory, 'vm.yaml'), `${before}networks: [{ user: true }]\n`)
    const { code, stderr } = await place.finish(
      place.start(['apply', 'vm.yaml', '--yes'], { env: { PATH: '/nowhere' } }),
    )
    assert.is(code, 4)
    assert.match(stderr, 'error[HOST_ERROR]: a user network needs passt, which is not installed')
    assert.is((await ps(place))[0]?.pid, pid)
  })
})

test.run()
