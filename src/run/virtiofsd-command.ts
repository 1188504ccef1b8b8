// virtiofsd (https://virtio-fs.gitlab.io), which serves a directory to a guest: how it is called.
import { open, rm, type FileHandle } from 'node:fs/promises'
import { VoltError } from '../volt-error.ts'
import { findVirtiofsd, type Virtiofsd } from './find-virtiofsd.ts'
import { HELPER_SOCKET, type HelperCommand } from './helper-command.ts'

export interface ShareOptions {
  /** Absolute path. */
  directory: string
  readOnly: boolean
  cache: 'auto' | 'none' | 'always'
  /** Path of its log; an earlier one is replaced. */
  log?: string
}

/** The caller closes its log. Throws HOST_ERROR. */
export async function virtiofsdHelper(name: string, options: ShareOptions): Promise<HelperCommand> {
  const daemon = await findVirtiofsd()
  if (daemon.kind === 'qemu' && process.geteuid?.() !== 0) {
    throw new VoltError('HOST_ERROR', `a share needs root here: ${daemon.path} runs as nobody else`, {
      errno: 1,
      hint: 'run volt as root, or install the virtiofsd that is written in Rust (https://gitlab.com/virtio-fs/virtiofsd)',
    })
  }
  const [program = '', ...args] = virtiofsdCommand(daemon, options)
  const command: HelperCommand = { name, kind: 'virtiofsd', program, args }
  return options.log === undefined ? command : { ...command, log: await freshLog(options.log) }
}

async function freshLog(path: string): Promise<FileHandle> {
  await rm(path, { force: true })
  return open(path, 'ax', 0o600)
}

/** Makes a mount namespace of its own with the directory read-only in it, then becomes what its arguments say. */
const READ_ONLY = 'mount --bind -- "$0" "$0" && mount -o remount,bind,ro -- "$0" && exec "$@"'

/** QEMU's virtiofsd has no option for a directory that is only read. */
export function virtiofsdCommand({ path, kind }: Virtiofsd, { directory, readOnly, cache }: ShareOptions): string[] {
  if (kind === 'rust') {
    const modes = { auto: 'auto', none: 'never', always: 'always' }
    const reading = readOnly ? ['--readonly'] : []
    return [path, '--fd', String(HELPER_SOCKET), '--shared-dir', directory, '--cache', modes[cache], ...reading]
  }
  const daemon = [
    path,
    '-f',
    `--fd=${HELPER_SOCKET}`,
    '-o',
    `source=${escapeOption(directory)}`,
    '-o',
    `cache=${cache}`,
  ]
  return readOnly ? ['unshare', '--mount', '--', 'sh', '-c', READ_ONLY, directory, ...daemon] : daemon
}

/** Options of FUSE are separated by commas. */
function escapeOption(value: string): string {
  return value.replaceAll(/[\\,]/g, '\\$&')
}
