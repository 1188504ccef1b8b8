// Finds virtiofsd, of which there are two: the one of QEMU, in C (Debian 12), and its successor in Rust.
import { execFile } from 'node:child_process'
import { constants } from 'node:os'
import { promisify } from 'node:util'
import { findProgram, isExecutable } from '../host/find-program.ts'
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
  const path = named ? await orNothing(named) : await findProgram('virtiofsd', places)
  if (path !== undefined) return { path, kind: await kindOf(path) }
  const wrong = `a share needs virtiofsd, and ${named}, which VOLT_VIRTIOFSD names, is no program`
  throw new VoltError('HOST_ERROR', named ? wrong : 'a share needs virtiofsd, which is not installed', {
    errno: constants.errno.ENOENT,
    hint: named
      ? 'correct VOLT_VIRTIOFSD or unset it'
      : 'install the package virtiofsd, on Debian 12 qemu-system-common (`sudo apt install qemu-system-common`)',
  })
}

async function orNothing(path: string): Promise<string | undefined> {
  return (await isExecutable(path)) ? path : undefined
}

/** The one of QEMU names the version of FUSE too. */
async function kindOf(path: string): Promise<Virtiofsd['kind']> {
  const run = promisify(execFile)(path, ['--version'], { timeout: VERSION_TIMEOUT_MS })
  const { stdout, stderr } = await run.catch((cause: Error) => {
    throw new VoltError('HOST_ERROR', `${path} does not say its version, as virtiofsd does`, { cause })
  })
  return /FUSE kernel interface/.test(stdout + stderr) ? 'qemu' : 'rust'
}
