// What the commands cost that people wait for, beside Node's own start.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildMeasure } from './start/build.ts'
import type { Run } from './start/monitors.ts'
import { spreadOf } from './statistics.ts'

const VOLT = fileURLToPath(new URL('../dist/bin/volt.cjs', import.meta.url))
const RUNS = 15
const MANY = 100

const manifest = (name: string): string =>
  `apiVersion: volt/v1\nkind: MicroVM\nmetadata: { name: ${name} }\nkernel: { image: builtin:hello, cmdline: stay }\nstopTimeout: 0s\n`

interface Command {
  title: string
  words: string[]
  /** Words of volt that bring back what the command changed, unmeasured. */
  undo?: string[]
}

/** A Markdown section. */
export function benchmarkCommands(): string {
  const directory = mkdtempSync(join(tmpdir(), 'volt-bench-'))
  process.env['XDG_STATE_HOME'] = join(directory, 'state')
  const volt = (...words: string[]): void => void execFileSync(process.execPath, [VOLT, ...words], { stdio: 'pipe' })
  const file = (name: string, text: string): string => {
    const path = join(directory, name)
    writeFileSync(path, text)
    return path
  }
  try {
    const measure = buildMeasure(directory)
    const one = file('one.yaml', manifest('one'))
    const stays = file('stays.yaml', manifest('stays'))
    const many = Array.from({ length: MANY }, (_, index) => file(`vm-${index}.yaml`, manifest(`vm-${index}`)))
    volt('apply', '--yes', stays)
    const commands: Command[] = [
      { title: '`node -e 0`', words: ['-e', '0'] },
      { title: '`volt validate` of a manifest', words: [VOLT, 'validate', one] },
      { title: `\`volt validate\` of ${MANY} manifests`, words: [VOLT, 'validate', ...many] },
      { title: '`volt apply` with nothing to do', words: [VOLT, 'apply', stays] },
      {
        title: '`volt apply` of a new machine, to "running"',
        words: [VOLT, 'apply', one],
        undo: ['destroy', 'one', '--yes'],
      },
    ]
    const runs = commands.map((): Run[] => [])
    for (let turn = 0; turn < RUNS; turn++) {
      for (const [index, { words, undo }] of commands.entries()) {
        const said = execFileSync(measure, ['1', '--', process.execPath, ...words], {
          cwd: directory,
          encoding: 'utf8',
        })
        const run = JSON.parse(said) as Run
        if (run.status !== 0) throw new Error(`volt ${words.slice(1).join(' ')} ended with ${run.status}`)
        runs[index]?.push(run)
        if (undo !== undefined) volt(...undo)
      }
    }
    return table(commands, runs)
  } finally {
    spawnSync(process.execPath, [VOLT, 'destroy', 'stays', '--yes'], { cwd: directory })
    rmSync(directory, { recursive: true })
  }
}

function table(commands: Command[], runs: Run[][]): string {
  const of = (index: number, figure: 'ended' | 'cpu'): ReturnType<typeof spreadOf> =>
    spreadOf((runs[index] ?? []).map((run) => run[figure] / 1000))
  const [node, nodeCpu] = [of(0, 'ended'), of(0, 'cpu')]
  const lines = commands.map(({ title }, index) => {
    const [wall, cpu] = [of(index, 'ended'), of(index, 'cpu')]
    const ratios = `${(wall.median / node.median).toFixed(2)} | ${(cpu.median / nodeCpu.median).toFixed(2)}`
    return `| ${title} | ${wall.text} | ${cpu.text} | ${ratios} |`
  })
  return `## Commands

Milliseconds from execve to exit, and of CPU time with that of children that ended; ${RUNS} runs by turns, median (least–most). Ratios are to \`node -e 0\`.

| command | wall | CPU | wall ratio | CPU ratio |
| --- | ---: | ---: | ---: | ---: |
${lines.join('\n')}
`
}
