// A job in the lab (test/lab), and what it leaves.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

export interface LabJob {
  /** What it needs of the lab's cache. */
  steps: ('prepare' | 'make-image')[]
  /** Programs that it runs, and the Debian packages that bring them. */
  tools: Readonly<Record<string, string>>
  /** Of the project, and what it is told. */
  script: string
  repeats: number
  timeoutS: number
  /** The file of JSON that it leaves. */
  result: string
}

/** What the job left. Throws where a program is missing or the job fails. */
export function runLabJob<Result>({ steps, tools, script, repeats, timeoutS, result }: LabJob): Result {
  const missing = Object.keys(tools).filter((tool) => spawnSync(tool, ['--version']).error !== undefined)
  if (missing.length > 0)
    throw new Error(`missing: ${missing.join(' ')} (apt-get install ${missing.map((tool) => tools[tool]).join(' ')})`)
  const results = mkdtempSync(join(tmpdir(), 'volt-bench-'))
  try {
    for (const step of steps) run(join(root, 'test/lab', step))
    const job = [process.execPath, '--import', 'tsx', join(root, script), String(repeats)]
    run(join(root, 'test/lab/run'), job, { VOLT_LAB_RESULTS: results, VOLT_LAB_TIMEOUT: String(timeoutS) })
    return JSON.parse(readFileSync(join(results, result), 'utf8')) as Result
  } finally {
    rmSync(results, { recursive: true })
  }
}

function run(program: string, args: string[] = [], environment: NodeJS.ProcessEnv = {}): void {
  const { status } = spawnSync(program, args, {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 2, 2],
  })
  if (status !== 0) throw new Error(`${program} ended with ${status}`)
}
