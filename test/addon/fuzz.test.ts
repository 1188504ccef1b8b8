// A short run of the fuzzers under ASan and UBSan, and what their corpus reaches; docs/fuzzing.md has the long run.
// timeout: 1200 s
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as assert from 'uvu/assert'
import { suite } from '../suite.ts'

const test = suite('fuzzers')

const root = fileURLToPath(new URL('../../', import.meta.url))
const names = [...readFileSync(`${root}test/fuzz/targets.txt`, 'utf8').matchAll(/^([a-z]+):/gm)].map(([, name]) => name)

const runs = 20_000
const wantedPercent = 90

function reasonToSkip(): string | false {
  const isThere = (tool: string) => spawnSync('sh', ['-c', `command -v ${tool} || command -v ${tool}-14`]).status === 0
  const missing = ['clang++', 'llvm-cov', 'llvm-profdata'].filter((tool) => !isThere(tool))
  return missing.length > 0 && `${missing.join(', ')} is missing (Debian: clang, libclang-rt-14-dev, llvm-14)`
}

test.skipIf(reasonToSkip(), `${runs} runs a device find nothing, and reach ${wantedPercent} % of its lines`, () => {
  const { status, stdout, stderr } = spawnSync('scripts/fuzz', ['--coverage', '--runs', String(runs)], {
    cwd: root,
    encoding: 'utf8',
  })
  assert.is(status, 0, stderr)
  const reached = [...stdout.matchAll(/^([a-z]+): ([\d.]+) % of \d+ lines$/gm)]
  assert.equal(
    reached.map(([, name]) => name),
    names,
    stdout,
  )
  for (const [line, , percent] of reached) assert.ok(Number(percent) >= wantedPercent, line)
})

test.run()
