// Where the package's own files lie: src/ and dist/ are both two levels above them.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { VoltError } from '../volt-error.ts'

const packageRoot = new URL('../../', import.meta.url)

/** Absolute path of a file of the package, such as `schema/manifest.schema.json`. */
export function packageFile(path: string): string {
  return fileURLToPath(new URL(path, packageRoot))
}

/** The addon that lives in this process. */
export const ADDON_FILE = packageFile('build/Release/volt.node')

/** The executable that runs one machine as a process of its own. */
export const VMM_FILE = packageFile('build/Release/volt-vmm')

/** Throws NOT_BUILT. */
export function requireVmm(): void {
  if (existsSync(VMM_FILE)) return
  throw new VoltError('NOT_BUILT', 'volt-vmm is not built', { hint: 'run `npm run setup` in the package' })
}
