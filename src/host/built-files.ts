// Where the package's own files lie: src/ and dist/ are both two levels above them.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { VoltError } from '../volt-error.ts'

const packageRoot = new URL('../../', import.meta.url)

/** Absolute path of a file of the package, such as `schema/manifest.schema.json`. */
export function packageFile(path: string): string {
  return fileURLToPath(new URL(path, packageRoot))
}

/** Where binaries are built. */
export const BUILD_DIRECTORY = packageFile('build')

/** What a published package brings: for Linux on x86-64 with the glibc of Debian 12 (2.36) or newer. */
const PREBUILT = 'prebuilds/linux-x64-glibc'

export type EngineOrigin = 'built here' | 'prebuilt' | 'missing'

/** What was built here goes before what came with the package. */
export function engineOrigin(): EngineOrigin {
  if (existsSync(packageFile('build/Release/volt-vmm'))) return 'built here'
  return existsSync(packageFile(`${PREBUILT}/volt-vmm`)) ? 'prebuilt' : 'missing'
}

const binaries = engineOrigin() === 'prebuilt' ? PREBUILT : 'build/Release'

/** The addon that lives in this process. */
export const ADDON_FILE = packageFile(`${binaries}/volt.node`)

/** The executable that runs one machine as a process of its own. */
export const VMM_FILE = packageFile(`${binaries}/volt-vmm`)

/** How the native part is made: a checkout has a script that installs what that takes. */
export const BUILD_HINT = existsSync(packageFile('scripts/setup'))
  ? 'run `npm run setup` in the package'
  : 'run `volt build`, which takes a C++ compiler and CMake'

/** The program that decompresses what came from outside. */
export const UNPACK_FILE = packageFile('build/Release/volt-unpack')

/** The static program that runs commands in guests. */
export const AGENT_FILE = packageFile(`${binaries}/volt-agent`)

/** The command line itself, for units that run it. */
export const COMMAND_FILE = packageFile('dist/bin/volt.cjs')

/** Throws NOT_BUILT. */
export function requireVmm(): void {
  if (existsSync(VMM_FILE)) return
  throw new VoltError('NOT_BUILT', 'volt-vmm is not built', { hint: BUILD_HINT })
}
