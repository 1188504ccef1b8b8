// Runs the benchmarks, or those that are named, and prints Markdown; with --write, also into RESULTS.md, in place of what
// it said of them.
import { readFile, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus } from 'node:os'
import { benchmarkBoot } from './boot.ts'
import { benchmarkCommands } from './commands.ts'
import { benchmarkDevices } from './devices.ts'
import { benchmarkMany } from './many.ts'
import { benchmarkPlan } from './plan.ts'
import { benchmarkStart } from './start.ts'

/** Each returns a Markdown section that begins with `## `. */
const BENCHMARKS: Record<string, () => string | Promise<string>> = {
  plan: benchmarkPlan,
  start: benchmarkStart,
  commands: benchmarkCommands,
  many: benchmarkMany,
  boot: benchmarkBoot,
  devices: benchmarkDevices,
}

const RESULTS = new URL('RESULTS.md', import.meta.url)

/** `text` with the section of the same heading replaced, or `section` at its end. */
function replaceSection(text: string, section: string): string {
  const heading = section.slice(0, section.indexOf('\n'))
  const sections = text.split(/^(?=## )/m)
  const others = sections.filter((each) => !each.startsWith(`${heading}\n`)).map((each) => each.trimEnd())
  return `${[...others, section.trimEnd()].join('\n\n')}\n`
}

const named = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const chosen = named.length > 0 ? named : Object.keys(BENCHMARKS)
const machine = `${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${availableParallelism()} processors, Node ${process.versions.node}`
let results = await readFile(RESULTS, 'utf8')
for (const name of chosen) {
  const benchmark = BENCHMARKS[name]
  if (benchmark === undefined) throw new Error(`no benchmark ${name}: there are ${Object.keys(BENCHMARKS).join(', ')}`)
  const section = `${(await benchmark()).trimEnd()}\n\nMeasured on: ${machine}.\n`
  process.stdout.write(`${section}\n`)
  results = replaceSection(results, section)
}
if (process.argv.includes('--write')) await writeFile(RESULTS, results)
