// What starts may cost, in counts that do not wobble with the machine's load: bench/budgets.json.
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as assert from 'uvu/assert'
import { buildGuest, buildMeasure } from '../../bench/start/build.ts'
import { runOnce, volt } from '../../bench/start/monitors.ts'
import { probeHost } from '../../src/index.ts'
import { AMD_FACTS, MAIN } from '../cli/volt.ts'
import { suite } from '../suite.ts'
import { whyNoMachines } from './kvm.ts'

type Budgets = Record<string, Record<string, number>>

const budgets = JSON.parse(readFileSync(new URL('../../bench/budgets.json', import.meta.url), 'utf8')) as Budgets
const hello = fileURLToPath(new URL('../../manifests/hello.yaml', import.meta.url))
const RUNS = 3
const test = suite('budgets')
const untraced =
  spawnSync('strace', ['-qq', '-o', '/dev/null', 'true']).status === 0 ? false : 'strace does not run here'
let directory = ''

test.before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'volt-budgets-'))
})
test.after(() => rm(directory, { recursive: true, force: true }))

/** The least of a few runs: what happened in any case. */
async function check(what: string, figure: string, count: () => Promise<number>): Promise<void> {
  const counts: number[] = []
  for (let run = 0; run < RUNS; run++) counts.push(await count())
  const least = Math.min(...counts)
  const budget = budgets[what]?.[figure] ?? 0
  console.log(`${what}: ${least} ${figure}, at most ${budget}`)
  assert.ok(least <= budget, `${what}: ${least} ${figure}, at most ${budget} (${counts.join(', ')})`)
  assert.ok(least > budget / 2, `${what}: the budget of ${budget} ${figure} is far above ${least}: lower it`)
}

/** Lines of strace's log of a command and all that it starts. */
async function traced(calls: string, command: readonly string[]): Promise<string[]> {
  const log = join(directory, 'trace')
  execFileSync('strace', ['-f', '-qq', '-e', `trace=${calls}`, '-e', 'signal=none', '-o', log, ...command], { stdio: 'ignore' }) // prettier-ignore
  return (await readFile(log, 'latin1')).trimEnd().split('\n')
}

test.skipIf(whyNoMachines() || untraced, 'a machine is made with few system calls and page faults', async () => {
  const guest = await buildGuest(directory, await probeHost(), 'resets')
  const measure = buildMeasure(directory)
  const command = volt(guest)
  // Waiting for one another is as often as it happens to be; of the program that measures only what it is before.
  const all = '!futex,restart_syscall'
  const nothing = (await traced(all, [measure, '0', '--', 'true'])).length
  await check('a machine that resets at once', 'system calls', async () => {
    const lines = await traced(all, [measure, '1', ...command])
    return lines.filter((line) => !line.includes('resumed>')).length - nothing
  })
  await check('a machine that resets at once', 'page faults', () => Promise.resolve(runOnce(measure, command).faults))
})

for (const [what, words] of [
  ['volt validate', ['validate', hello]],
  ['volt plan', ['plan', '--host-facts', AMD_FACTS, hello]],
] as const) {
  test.skipIf(untraced, `${what} loads what it needs and no more`, async () => {
    await check(what, 'files opened', async () => {
      const opened = (lines: string[]): number => lines.filter((line) => line.includes('openat(')).length
      const node = opened(await traced('openat', [process.execPath, '-e', '0']))
      return opened(await traced('openat', [process.execPath, MAIN, ...words])) - node
    })
  })
}

const stays = 'apiVersion: volt/v1\nkind: MicroVM\nmetadata: { name: stays }\nkernel: { image: builtin:hello, cmdline: stay }\nstopTimeout: 0s\n' // prettier-ignore

/** What the start of a command reads and loads, by Node's own counts. */
async function countsOf(words: readonly string[]): Promise<Record<string, number>> {
  const file = join(directory, 'counts.json')
  const preload = fileURLToPath(new URL('start-counts.cjs', import.meta.url))
  const env = { ...process.env, XDG_STATE_HOME: join(directory, 'state'), VOLT_TEST_COUNTS: file }
  execFileSync(process.execPath, ['--require', preload, ...words], { stdio: 'ignore', env })
  return JSON.parse(await readFile(file, 'utf8')) as Record<string, number>
}

/** What a command reads of the program, and how many modules of Node it loads besides those of `node -e 0`. */
async function checkStart(what: string, words: readonly string[]): Promise<void> {
  const node = await countsOf(['-e', '0'])
  for (const figure of Object.keys(node)) {
    await check(what, figure, async () => ((await countsOf([MAIN, ...words]))[figure] ?? 0) - (node[figure] ?? 0))
  }
}

test('volt validate starts with a part of the program', () => checkStart('volt validate', ['validate', hello]))

test.skipIf(whyNoMachines(), 'volt apply with nothing to do starts with a part of the program', async () => {
  const file = join(directory, 'stays.yaml')
  await writeFile(file, stays)
  const env = { ...process.env, XDG_STATE_HOME: join(directory, 'state') }
  execFileSync(process.execPath, [MAIN, 'apply', '--yes', file], { stdio: 'ignore', env })
  try {
    await checkStart('volt apply with nothing to do', ['apply', file])
  } finally {
    execFileSync(process.execPath, [MAIN, 'destroy', '--yes', '--all'], { stdio: 'ignore', env, cwd: directory })
  }
})

test.run()
