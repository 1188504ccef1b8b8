// Which kernel a reference means, and what is said where it means none.
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { existsSync } from 'node:fs'
import * as assert from 'uvu/assert'
import { UNPACK_FILE } from '../../src/host/built-files.ts'
import { findKernel } from '../../src/store/find-kernel.ts'
import { compareVersions, matchesVersion, parseKernelReference } from '../../src/store/kernel-name.ts'
import { readKernels, recordPath } from '../../src/store/kernel-record.ts'
import { openStored } from '../../src/store/read-stored.ts'
import { blobPath } from '../../src/store/store-place.ts'
import { suite } from '../suite.ts'
import { buildVmlinux } from './support/pack-kernel.ts'
import { failure, withStore } from './support/scratch-store.ts'

const test = suite('names of kernels')
const skip = existsSync(UNPACK_FILE) ? false : 'volt-unpack is not built'
const vmlinux = buildVmlinux(4096)

test('what can be a path is no name', () => {
  for (const path of ['./vmlinuz', '/boot/vmlinuz', 'builtin:hello', '~/x', 'a/b', 'Image', '.hidden', 'x@', '']) {
    assert.is(parseKernelReference(path), undefined, path)
  }
  assert.equal(parseKernelReference('debian-cloud@6.1.0-56'), { name: 'debian-cloud', version: '6.1.0-56' })
  assert.equal(parseKernelReference('vmlinuz-6.1'), { name: 'vmlinuz-6.1' })
})

test('versions are ordered by their numbers, and meant by their beginnings', () => {
  const ordered = ['6.2-rc1', '6.2-rc2', '6.2', '6.2.1', '6.9', '6.10', '6.10+deb12', '6.10.1-2', '6.10.1-10']
  for (let index = 1; index < ordered.length; index++) {
    assert.ok(compareVersions(ordered[index - 1] ?? '', ordered[index] ?? '') < 0, ordered[index])
  }
  assert.ok(compareVersions('6.2~rc1', '6.2') < 0)
  assert.ok(matchesVersion('6.1.0-56', '6.1'))
  assert.ok(matchesVersion('6.1.0-56', undefined))
  assert.not(matchesVersion('6.10.0', '6.1'))
  assert.not(matchesVersion('6.1', '6.1.0'))
})

test.skipIf(skip, 'the newest that continues the version is meant, and one that is the version before it', async () => {
  await withStore(async ({ store, take }) => {
    for (const version of ['6.1.0-9', '6.1.0-10', '6.1', '6.12.3']) await take(vmlinux, `k@${version}`)
    const meant = async (reference: string) => (await findKernel(reference, store)).version
    assert.is(await meant('k'), '6.12.3')
    assert.is(await meant('k@6'), '6.12.3')
    assert.is(await meant('k@6.1'), '6.1')
    assert.is(await meant('k@6.1.0'), '6.1.0-10')
    assert.equal(
      (await readKernels(store)).map(({ version }) => version),
      ['6.12.3', '6.1.0-10', '6.1.0-9', '6.1'],
    )
  })
})

test.skipIf(skip, 'what is not there is told with what was meant, and how to get it', async () => {
  await withStore(async ({ store, take }) => {
    await take(vmlinux, 'debian-cloud@6.1')
    const hintOf = async (reference: string) => {
      const { code, hint } = await failure(findKernel(reference, store))
      assert.is(code, 'NO_SUCH_KERNEL')
      return hint ?? ''
    }
    assert.match(await hintOf('debian-cluod'), 'did you mean debian-cloud?')
    assert.is(await hintOf('debian'), '`volt kernel pull debian` fetches it')
    assert.match(await hintOf('debiann'), '`volt kernel pull debian` fetches it')
    assert.match(await hintOf('debian-cloud@6.2'), 'debian-cloud is there as 6.1; `volt kernel pull debian-cloud@6.2`')
    assert.match(await hintOf('something-else'), '`volt kernel import FILE --name something-else`')
    assert.is((await failure(findKernel('../x', store))).code, 'USAGE')
  })
})

test.skipIf(skip, 'a record or a kernel that was damaged on the disk is told', async () => {
  await withStore(async ({ store, directory, take }) => {
    const { record } = await take(vmlinux, 'k@1')
    const blob = blobPath(store, record.sha256)
    const bent = Buffer.from(vmlinux)
    bent.writeUInt8(1, bent.length - 600)
    await writeFile(join(directory, 'bent'), bent)
    await rename(join(directory, 'bent'), blob)
    assert.is((await failure(openStored(store, record))).code, 'STATE_INVALID')
    assert.is((await take(vmlinux, 'k@1')).outcome, 'unchanged')
    await (await openStored(store, record)).handle.close()
    for (const text of ['{', '{"formatVersion":1}', JSON.stringify({ ...record, sha256: '../../x' })]) {
      await writeFile(recordPath(store, record), text)
      assert.is((await failure(findKernel('k', store))).code, 'STATE_INVALID', text)
    }
  })
})

test.run()
