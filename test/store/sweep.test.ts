// What goes from the store and what stays, with several at work on it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { UNPACK_FILE } from '../../src/host/built-files.ts'
import { readKernels } from '../../src/store/kernel-record.ts'
import { pruneStore, removeKernel } from '../../src/store/sweep.ts'
import { suite } from '../suite.ts'
import { bzImageOf, buildVmlinux, packPayload } from './support/pack-kernel.ts'
import { failure, LOCK, withStore } from './support/scratch-store.ts'

const test = suite('sweeping the store')
const skip = existsSync(UNPACK_FILE) ? false : 'volt-unpack is not built'
const kernels = [4096, 8192, 16384].map((bytes) => buildVmlinux(bytes))
const [first = Buffer.alloc(0), second = Buffer.alloc(0), third = Buffer.alloc(0)] = kernels

test.skipIf(skip, 'prune keeps what machines use, and says how much goes', async () => {
  await withStore(async ({ store, take, blobs }) => {
    const used = await take(first, 'used@1')
    const unused = await take(second, 'unused@1')
    const inUse = new Set([used.record.sha256])
    const dry = await pruneStore(store, { inUse, dryRun: true }, LOCK)
    assert.is(dry.bytes, unused.record.size)
    assert.equal((await readKernels(store)).length, 2)
    const swept = await pruneStore(store, { inUse }, LOCK)
    assert.equal(swept, dry)
    assert.equal(
      (await readKernels(store)).map(({ name }) => name),
      ['used'],
    )
    // The configuration, which is the same for both, stays with the one that is left.
    assert.equal((await blobs()).sort(), [used.record.sha256, used.record.config?.sha256].sort())
  })
})

test.skipIf(skip, 'prune takes what a replaced kernel and an import that was killed left', async () => {
  await withStore(async ({ store, take, blobs }) => {
    await take(first, 'k@1')
    const { record } = await take(second, 'k@1', { replace: true })
    await writeFile(join(store.blobs, '.incoming.0123456789ab'), 'half')
    const swept = await pruneStore(store, { inUse: new Set([record.sha256]) }, LOCK)
    assert.equal(swept.kernels, [])
    assert.is(swept.bytes, first.length)
    assert.equal((await blobs()).sort(), [record.sha256, record.config?.sha256].sort())
  })
})

test.skipIf(skip, 'rm forgets one kernel, whose file stays for the machines that use it', async () => {
  await withStore(async ({ store, take, blobs }) => {
    const { record } = await take(first, 'k@1')
    await take(second, 'k@2')
    await take(third, 'k@2.1')
    assert.is((await failure(removeKernel(store, 'k', new Set(), LOCK))).code, 'USAGE')
    assert.is((await failure(removeKernel(store, 'j', new Set(), LOCK))).code, 'NO_SUCH_KERNEL')
    assert.is((await removeKernel(store, 'k@2', new Set(), LOCK)).bytes, second.length)
    const removed = await removeKernel(store, 'k@1', new Set([record.sha256]), LOCK)
    assert.is(removed.bytes, 0)
    assert.ok((await blobs()).includes(record.sha256))
  })
})

test.skipIf(skip, 'several imports at once all arrive', async () => {
  await withStore(async ({ store, take, blobs }) => {
    const work = [0, 1, 2, 3, 4, 5].map((index) =>
      take(kernels[index % 3] ?? first, `k@${index}`).then(() =>
        pruneStore(store, { inUse: new Set(), dryRun: true }, LOCK),
      ),
    )
    await Promise.all(work)
    assert.is((await readKernels(store)).length, 6)
    assert.is((await blobs()).length, 4)
  })
})

const PROGRAM = `
import { importKernel } from '${new URL('../../src/store/import-kernel.ts', import.meta.url).href}'
import { storeIn } from '${new URL('../../src/store/store-place.ts', import.meta.url).href}'
const [data, file, name] = process.argv.slice(2)
await importKernel(storeIn(data), { file, directory: '/', name }, { command: 'import', timeoutMs: 30000 })
`
test.skipIf(skip, 'an import that is killed leaves no kernel that can be found, and no lock', async () => {
  await withStore(async ({ store, directory, take }) => {
    const program = join(directory, 'program.mts')
    const file = join(directory, 'big')
    await writeFile(program, PROGRAM)
    await writeFile(file, bzImageOf(packPayload(buildVmlinux(48 << 20), 'lz4')))
    const child = spawn(process.execPath, ['--import', 'tsx', program, store.directory, file, 'big@1'], {
      stdio: 'inherit',
    })
    const isAtWork = async () =>
      (await readdir(store.blobs).catch(() => [])).some((name) => name.startsWith('.incoming'))
    while (child.exitCode === null && !(await isAtWork())) await sleep(5)
    child.kill('SIGKILL')
    assert.equal(await once(child, 'close'), [null, 'SIGKILL'])
    assert.equal(await readKernels(store), [])
    assert.is((await take(first, 'k@1')).outcome, 'added')
    await pruneStore(store, { inUse: new Set() }, LOCK)
    assert.equal(await readdir(store.blobs), [])
  })
})

test.run()
