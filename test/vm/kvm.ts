// Why tests that start machines cannot run here, if they cannot.
import { accessSync, constants, existsSync } from 'node:fs'
import { basename } from 'node:path'
import { ADDON_FILE, VMM_FILE } from '../../src/host/built-files.ts'

/** The reason, or false when machines can be started. */
export function whyNoMachines(): string | false {
  for (const file of [ADDON_FILE, VMM_FILE]) if (!existsSync(file)) return `${basename(file)} is not built`
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK)
    return false
  } catch (error) {
    return `/dev/kvm does not open: ${(error as Error).message}`
  }
}

/** Resolves when `condition` holds; fails after ten seconds. */
export async function eventually(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 10_000
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`after ten seconds still not: ${what}`)
    await new Promise((done) => setTimeout(done, 30))
  }
}
