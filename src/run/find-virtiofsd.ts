// Finds virtiofsd, of which there are two: the one of QEMU, in C (Debian 12), and its successor in Rust.
import { execFile } from 'node:child_process'
import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { delimiter, isAbsolute, join } from 'node:path'
import { promisify } from 'node:util'
import { VoltError } from '../volt-error.ts'

export interface Virtiofsd {
  path: string
  /** They take different options, and the one of QEMU runs as root only. */
  kind: 'qemu' | 'rust'
}

/** Off PATH, where distributions keep it. */
const USUAL_PLACES = ['/usr/libexec/virtiofsd', '/usr/lib/qemu/virtiofsd', '/usr/lib/virtiofsd']
const VERSION_TIMEOUT_MS = 10_000

/** `$VOLT_VIRTIOFSD`, or the first on PATH, or one in `places`. Throws HOST_ERROR. */
export async function findVirtiofsd(places: readonly string[] = USUAL_PLACES): Promise<Virtiofsd> {
  const named = process.env['VOLT_VIRTIOFSD']
  const directories = (process.env['PATH'] ?? '').split(delimiter).filter((directory) => isAbsolute(directory))
  const candidates = named ? [named] : [...directories.map((directory) => join(directory, 'virtiofsd')), ...places]
  for (const path of candidates) if (await isExecutable(path)) return { path, kind: await kindOf(path) }
  if (named) {
    throw new VoltError(
      'HOST_ERROR',
      `a share needs virtiofsd, and ${named}, which VOLT_VIRTIOFSD names, is no program`,
      {
        errno: 2,
        hint: 'correct VOLT_VIRTIOFSD or unset it',
      },
    )
  }
  throw new VoltError('HOST_ERROR', 'a share needs virtiofsd, which is not installed', {
    errno: 2,
    hint: 'install the package virtiofsd, on Debian 12 qemu-system-common (`sudo apt install qemu-system-common`)',
  })
}

/** The one of QEMU names the version of FUSE too. */
async function kindOf(path: string): Promise<Virtiofsd['kind']> {
  const run = promisify(execFile)(path, ['--version'], { timeout: VERSION_TIMEOUT_MS })
  const { stdout, stderr } = await run.catch((cause: Error) => {
    throw new VoltError('HOST_ERROR', `${path} does not say its version, as virtiofsd does`, { cause })
  })
  return /FUSE kernel interface/.test(stdout + stderr) ? 'qemu' : 'rust'
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}
