// Kernels come from an archive by apt, which refuses one that is not signed; the archive here is a directory.
// timeout: 300 s
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { UNPACK_FILE } from '../../src/host/built-files.ts'
import { pullKernel } from '../../src/store/pull-kernel.ts'
import { configText } from '../kernel/support/kernel-config.ts'
import { suite } from '../suite.ts'
import { buildDeb } from './support/build-deb.ts'
import { bzImageOf, buildVmlinux, packPayload } from './support/pack-kernel.ts'
import { failure, LOCK, withStore } from './support/scratch-store.ts'

const test = suite('pulling kernels')
const skip = !existsSync(UNPACK_FILE)
  ? 'volt-unpack is not built'
  : existsSync('/usr/bin/apt-get')
    ? false
    : 'there is no apt here'

/** An archive with these kernels and the package that depends on the newest, and apt's configuration for it alone. */
async function makeArchive(directory: string, versions: readonly string[], options: string): Promise<string> {
  const entries: string[] = []
  for (const version of versions) {
    const name = `linux-image-${version}-cloud-amd64`
    const deb = buildDeb({
      name,
      members: [
        { name: `./boot/vmlinuz-${version}-cloud-amd64`, content: bzImageOf(packPayload(buildVmlinux(4096), 'gzip')) },
        { name: `./boot/config-${version}-cloud-amd64`, content: Buffer.from(configText()) },
      ],
    })
    await writeFile(join(directory, `${name}.deb`), deb)
    const sha256 = createHash('sha256').update(deb).digest('hex')
    entries.push(
      `Package: ${name}\nVersion: 6.1.90-1\nArchitecture: amd64\nFilename: ./${name}.deb\nSize: ${deb.length}\nSHA256: ${sha256}\n`,
    )
  }
  const depends = `linux-image-${versions.at(-1)}-cloud-amd64`
  entries.push(
    `Package: linux-image-cloud-amd64\nVersion: 1\nArchitecture: amd64\nDepends: ${depends}\nFilename: ./none.deb\nSize: 1\n`,
  )
  await writeFile(join(directory, 'Packages'), entries.join('\n'))
  await writeFile(join(directory, 'sources.list'), `deb ${options} file:${directory} ./\n`)
  await mkdir(join(directory, 'state'), { recursive: true })
  const config = [
    `Dir::Etc::sourcelist "${directory}/sources.list";`,
    'Dir::Etc::sourceparts "-";',
    `Dir::State "${directory}/state";`,
    `Dir::Cache "${directory}/cache";`,
  ]
  await writeFile(join(directory, 'apt.conf'), config.join('\n'))
  return join(directory, 'apt.conf')
}

async function withArchive(options: string, body: Parameters<typeof withStore>[0]): Promise<void> {
  await withStore(async (scratch) => {
    const before = process.env['APT_CONFIG']
    process.env['APT_CONFIG'] = await makeArchive(scratch.directory, ['6.1.0-9', '6.1.0-10'], options)
    try {
      await body(scratch)
    } finally {
      if (before === undefined) delete process.env['APT_CONFIG']
      else process.env['APT_CONFIG'] = before
    }
  })
}

test.skipIf(skip, 'the newest or a version of it is fetched and stored, with its configuration', async () => {
  await withArchive('[trusted=yes]', async ({ store }) => {
    const steps: string[] = []
    const { record } = await pullKernel(store, { reference: 'debian-cloud', onStep: (step) => steps.push(step) }, LOCK)
    assert.is(record.version, '6.1.0-10')
    assert.equal(record.origin.package, { name: 'linux-image-6.1.0-10-cloud-amd64', version: '6.1.90-1' })
    assert.is(record.config?.source, 'IKCONFIG')
    assert.equal(steps, ['fetching package lists', 'fetching linux-image-6.1.0-10-cloud-amd64'])
    const older = await pullKernel(store, { reference: 'debian-cloud@6.1.0-9' }, LOCK)
    assert.is(older.record.version, '6.1.0-9')
    const { code, hint } = await failure(pullKernel(store, { reference: 'debian-cloud@6.2' }, LOCK))
    assert.is(code, 'PULL_FAILED')
    assert.match(hint ?? '', 'there is 6.1.0-9, 6.1.0-10')
  })
})

test.skipIf(skip, 'an archive that is not signed is refused', async () => {
  await withArchive('', async ({ store }) => {
    const { code, message } = await failure(pullKernel(store, { reference: 'debian-cloud' }, LOCK))
    assert.is(code, 'PULL_FAILED')
    assert.match(message, /Release|signed/)
  })
})

test('other names are refused, and a host without apt is told what to do', async () => {
  await withStore(async ({ store, directory }) => {
    for (const reference of ['fedora', 'debian/x', 'constructor']) {
      assert.is((await failure(pullKernel(store, { reference }, LOCK))).code, 'USAGE')
    }
    const path = process.env['PATH']
    process.env['PATH'] = directory
    try {
      const { code, hint } = await failure(pullKernel(store, { reference: 'debian' }, LOCK))
      assert.is(code, 'HOST_ERROR')
      assert.match(hint ?? '', '`volt kernel import`')
    } finally {
      process.env['PATH'] = path
    }
  })
})

test.run()
