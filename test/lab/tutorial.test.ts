// README's tutorial word for word: from an empty directory to a plan here, and from there to the guest and its end in the lab.
// timeout: 900 s
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { suite } from '../suite.ts'
import { missingLab } from './missing-lab.ts'
import { readTutorial } from './read-tutorial.ts'
import { voltJobs } from './volt-job.ts'

const test = suite("README's tutorial")
const LAB_TIMEOUT_S = 400

const tutorial = await readTutorial()
const root = await mkdtemp(join(tmpdir(), 'volt-tutorial-'))
test.after(() => rm(root, { recursive: true, force: true }))

const start = join(root, 'empty')
await mkdir(start)
const jobs = await voltJobs(root)
const missing = existsSync('/bin/busybox') ? await jobs.missingKernel() : 'there is no busybox here'

/** The directory that the commands end in. */
async function followAnywhere(): Promise<string> {
  await jobs.script(`${tutorial.anywhere.join('\n')}\npwd >${join(root, 'place')}\n`, start)
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
  const { code, stdout, stderr } = await jobs.inLab(tutorial.withKvm.join(''), place, LAB_TIMEOUT_S)
  assert.is(code, 0, stderr)
  const words = tutorial.output.trim().split(/\d+/)
  const numbers = words.map((word) => word.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('\\d+')
  assert.match(stdout, new RegExp(numbers))
  assert.match(stdout, /^hello +running \(ready\)/m)
})

test.run()
