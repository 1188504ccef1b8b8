// Commands as a user of volt types them, with a store and a state of their own: here, and as a job in the lab.
import { execFile, spawn } from 'node:child_process'
import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const here = fileURLToPath(new URL('.', import.meta.url))
const MAIN = fileURLToPath(new URL('../../dist/bin/volt.cjs', import.meta.url))
/** A script ends at the first command that fails. */
export const STRICT = 'set -euo pipefail\n'

export interface VoltJobs {
  /** Runs a script of bash here; rejects with `stderr` where it fails. */
  script: (lines: string, cwd: string) => Promise<void>
  /** Runs a script of bash in the lab. */
  inLab: (lines: string, cwd: string, timeoutS: number) => Promise<JobOutcome>
  /** Why Debian's cloud kernel cannot be pulled into the store here; false where it was. */
  missingKernel: () => Promise<string | false>
}

export interface JobOutcome {
  code: number | null
  stdout: string
  stderr: string
}

/** `root` is a directory that whoever made it removes. */
export async function voltJobs(root: string): Promise<VoltJobs> {
  const places = {
    PATH: `${join(root, 'bin')}:${process.env['PATH']}`,
    XDG_CACHE_HOME: join(root, 'cache'),
    XDG_DATA_HOME: join(root, 'data'),
    XDG_STATE_HOME: join(root, 'state'),
  }
  const env = { ...process.env, ...places, CI: 'false' }
  await mkdir(join(root, 'bin'))
  await symlink(MAIN, join(root, 'bin/volt'))
  return {
    script: async (lines, cwd) => void (await run('bash', ['-c', STRICT + lines], { cwd, env })),
    async inLab(lines, cwd, timeoutS) {
      // The lab's own cache is not the job's.
      const exports = Object.entries(places).map(([name, value]) => `export ${name}='${value}'\n`)
      const lab = spawn(join(here, 'run'), ['bash', '-c', [STRICT, ...exports, lines].join('')], {
        cwd,
        env: { ...process.env, VOLT_LAB_TIMEOUT: String(timeoutS) },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      const ended = new Promise<number | null>((resolve) => lab.once('close', resolve))
      const [stdout, stderr, code] = await Promise.all([text(lab.stdout), text(lab.stderr), ended])
      return { code, stdout, stderr }
    },
    async missingKernel() {
      try {
        await run('volt', ['kernel', 'pull', 'debian-cloud'], { env })
        return false
      } catch (error) {
        const { stderr = '' } = error as { stderr?: string }
        const [, reason] = /^error\[(?:PULL_FAILED|HOST_ERROR)\]: (.*)/m.exec(stderr) ?? []
        if (reason !== undefined) return reason
        throw error
      }
    },
  }
}
