// What the lab needs, made where it is not there yet.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url))

/** Why there is no lab here, in the words of the step (a program of this directory) that failed. */
export function missingLab(...steps: ('prepare' | 'make-image')[]): string | false {
  for (const step of steps) {
    const { status, stderr } = spawnSync(join(here, step), { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] })
    if (status !== 0) return stderr.trim().split('\n').at(-1) ?? `test/lab/${step} failed`
  }
  return false
}
