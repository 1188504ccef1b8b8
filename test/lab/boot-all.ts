// The guests of a directory through the lab: one lab boot for all of them, and another for those that were left when the
// emulated machine itself came to a halt.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url))
const root = fileURLToPath(new URL('../..', import.meta.url))
const LAB_TIMEOUT_S = 2400
/** Lab boots in a row that may end without one more guest that is done. */
const BARREN_BOOTS = 2
/** Exit code of `run` when its machine came to a halt. */
const WEDGED = 125

async function bootLab(guests: string, results: string, names: readonly string[], limitS: number): Promise<number> {
  const job = [process.execPath, '--import', 'tsx', join(here, 'boot-guests.ts'), guests, ...names]
  const lab = spawn(join(here, 'run'), job, {
    env: { ...process.env, VOLT_LAB_RESULTS: results, VOLT_LAB_TIMEOUT: String(limitS) },
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  return new Promise((resolve) => lab.on('close', (code) => resolve(code ?? WEDGED)))
}

/** Runs every guest of `guests` and leaves in `results` what `boot-guests.ts` says. */
export async function bootAll(guests: string, results: string, timeoutS = LAB_TIMEOUT_S): Promise<void> {
  const until = Date.now() + timeoutS * 1000
  const all = (await readdir(guests)).map((file) => basename(file, extname(file))).sort()
  const left = () => all.filter((name) => !existsSync(join(results, `${name}.status`)))
  for (let barren = 0, names = left(); names.length > 0 && barren < BARREN_BOOTS;) {
    const limitS = Math.floor((until - Date.now()) / 1000)
    if (limitS <= 0 || (await bootLab(guests, results, names, limitS)) !== WEDGED) return
    const done = names.length - left().length
    barren = done === 0 ? barren + 1 : 0
    names = left()
    console.error(`lab: ${done} guests were done when it came to a halt, ${names.length} are left`)
  }
}
