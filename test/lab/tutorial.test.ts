// README's tutorial word for word: from an empty directory to a plan here, and from there to the guest and its end in the lab.
// timeout: 900 s
import { execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import * as assert from 'uvu/assert'
import { suite } from '../suite.ts'
import { missingLab } from './missing-lab.ts'
import { readTutorial } from './read-tutorial.ts'

const test = suite("README's tutorial")
const run = promisify(execFile)
const here = fileURLToPath(new URL('.', import.meta.url))
const MAIN = fileURLToPath(new URL('../../dist/bin/volt.cjs', import.meta.url))
const LAB_TIMEOUT_S = 400
const STRICT = 'set -euo pipefail\n'

const tutorial = await readTutorial()
const root = await mkdtemp(join(tmpdir(), 'volt-tutorial-'))
test.after(() => rm(root, { recursive: true, force: true }))

const start = join(root, 'empty')
const places = {
  PATH: `${join(root, 'bin')}:${process.env['PATH']}`,
  XDG_CACHE_HOME: join(root, 'cache'),
  XDG_DATA_HOME: join(root, 'data'),
  XDG_STATE_HOME: join(root, 'state'),
}
const env = { ...process.env, ...places, CI: 'false' }
await mkdir(start)
await mkdir(join(root, 'bin'))
await symlink(MAIN, join(root, 'bin/volt'))
const missing = await whyNot()

/** Why it cannot be done here: what is no mistake of the tutorial's. */
async function whyNot(): Promise<string | false> {
  if (!existsSync('/bin/busybox')) return 'there is no busybox here'
  try {
    await run('volt', ['kernel', 'pull', 'debian-cloud'], { env })
    return false
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string }
    const [, reason] = /^error\[(?:PULL_FAILED|HOST_ERROR)\]: (.*)/m.exec(stderr) ?? []
    if (reason !== undefined) return reason
    throw error
  }
}

/** The directory that the commands end in. */
async function followAnywhere(): Promise<string> {
  const script = `${STRICT}${tutorial.anywhere.join('\n')}\npwd >${join(root, 'place')}\n`
  await run('bash', ['-c', script], { cwd: start, env })
  return (await readFile(join(root, 'place'), 'utf8')).trim()
}

const place = missing === false ? await followAnywhere() : ''

test.skipIf(missing, 'gives the manifest that it shows, and what a repository and CI want', async () => {
  assert.is(await readFile(join(place, 'vm.yaml'), 'utf8'), tutorial.manifest)
  assert.match(await readFile(join(place, 'volt.lock'), 'utf8'), /initrd:\n/)
  const { runs } = JSON.parse(await readFile(join(place, 'volt.sarif'), 'utf8')) as { runs: { results: object[] }[] }
  assert.equal(runs[0]?.results, [])
})

test.skipIf(missing || missingLab('prepare'), 'boots, is ready, is stopped and forgotten in the lab', async () => {
  const exports = Object.entries(places).map(([name, value]) => `export ${name}='${value}'\n`)
  const script = [STRICT, ...exports, ...tutorial.withKvm].join('')
  const lab = spawn(join(here, 'run'), ['bash', '-c', script], {
    cwd: place,
    env: { ...process.env, VOLT_LAB_TIMEOUT: String(LAB_TIMEOUT_S) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<number | null>((resolve) => lab.once('close', resolve))
  const [stdout, stderr, code] = await Promise.all([text(lab.stdout), text(lab.stderr), ended])
  assert.is(code, 0, stderr)
  const words = tutorial.output.trim().split(/\d+/)
  const numbers = words.map((word) => word.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('\\d+')
  assert.match(stdout, new RegExp(numbers))
  assert.match(stdout, /^hello +running \(ready\)/m)
})

test.run()
