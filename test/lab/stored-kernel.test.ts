// Debian's xz kernel from the store, unpacked when it was imported, beside its bzImage, which unpacks itself at each boot.
// timeout: 1800 s
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as assert from 'uvu/assert'
import { UNPACK_FILE } from '../../src/host/built-files.ts'
import { importKernel } from '../../src/store/import-kernel.ts'
import { userStore } from '../../src/store/store-place.ts'
import { suite } from '../suite.ts'
import { manifestOf } from './guests.ts'
import { missingLab } from './missing-lab.ts'
import type { TimedBoot } from './time-boots.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const root = fileURLToPath(new URL('../..', import.meta.url))
const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'volt-lab')
const test = suite('lab: a kernel of the store')
const reason = missingLab('prepare') || (existsSync(UNPACK_FILE) ? false : 'volt-unpack is not built')
const ROUNDS = 3
const NAMES = ['bzimage', 'stored']

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN
}

test.skipIf(reason, "Debian's xz kernel boots to init both ways, and sooner from the store", async () => {
  const directory = await mkdtemp(join(tmpdir(), 'volt-lab-stored-'))
  try {
    const results = join(directory, 'results')
    await mkdir(results)
    const store = userStore({ XDG_DATA_HOME: join(directory, 'data') })
    const request = { file: 'vmlinuz', directory: cache, name: 'debian' }
    const { record } = await importKernel(store, request, { command: 'test', timeoutMs: 1000 })
    assert.is(record.origin.packing, 'xz')
    const guest = { name: 'bzimage', image: 'vmlinuz', protocol: 'linux64', vcpus: 1 } as const
    const manifest = JSON.parse(manifestOf(guest, cache)) as { kernel: object; metadata: object }
    const stored = {
      ...manifest,
      metadata: { name: 'stored' },
      kernel: { ...manifest.kernel, image: 'debian@6.1', protocol: 'auto' },
    }
    await writeFile(join(directory, 'bzimage.yaml'), JSON.stringify(manifest))
    await writeFile(join(directory, 'stored.yaml'), JSON.stringify(stored))
    const job = [process.execPath, '--import', 'tsx', join(here, 'time-boots.ts'), directory, String(ROUNDS), ...NAMES]
    const env = { ...process.env, VOLT_LAB_RESULTS: results, VOLT_LAB_TIMEOUT: '1500' }
    spawnSync(join(here, 'run'), job, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] })
    const boots = JSON.parse(await readFile(join(results, 'boots.json'), 'utf8')) as TimedBoot[]
    const [packed, unpacked] = NAMES.map((name) => {
      const own = boots.filter((boot) => boot.name === name)
      assert.is(own.length, ROUNDS)
      for (const { log, exitCode } of own) {
        assert.match(log, 'volt-lab: 1 processor')
        assert.is(exitCode, 0, log)
      }
      return median(own.map(({ initMs }) => initMs ?? NaN))
    })
    console.error(`lab: to init in ${packed} ms as a bzImage, in ${unpacked} ms from the store`)
    assert.ok((unpacked ?? NaN) < (packed ?? NaN), `${unpacked} ms from the store, ${packed} ms as a bzImage`)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
})

test.run()
