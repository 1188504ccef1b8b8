// Takes the kernel, its configuration and its modules out of a Debian package (deb(5)).
import type { FileHandle } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { unpack, UnpackFailure } from '../host/unpack.ts'
import { CONFIG_BYTES_MAX, parseKernelConfig } from '../kernel/kernel-config.ts'
import { KernelError } from '../kernel/kernel-error.ts'
import type { ConfigText } from '../kernel/read-config-file.ts'
import { MODULE_PREFIXES, type ModuleCollector } from './collect-modules.ts'
import { framedFiles } from './framed-files.ts'
import { pieceOf, type IncomingFile } from './incoming-file.ts'

export interface PackageFacts {
  name: string
  version: string
  /** What to load, `boot/vmlinuz-6.1.0-56-amd64`. */
  kernel: string
  config?: ConfigText
}

const PACKAGE_MAGIC = '!<arch>\ndebian-binary'
/** Debian's generic kernel comes to 400 MiB with its modules. */
const UNPACKED_MAX = 4 * 1024 ** 3
const KERNEL_BYTES_MAX = 1024 ** 3
const CONTROL_BYTES_MAX = 256 * 1024
const KERNELS = ['boot/vmlinuz', 'boot/vmlinux']

export async function isPackage(handle: FileHandle): Promise<boolean> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(PACKAGE_MAGIC.length), 0, PACKAGE_MAGIC.length, 0)
  return buffer.toString('latin1', 0, bytesRead) === PACKAGE_MAGIC
}

/** Writes its kernel to `file`, its modules to `modules`. Throws KernelError, STATE_UNWRITABLE, NOT_BUILT, HOST_ERROR. */
export async function readPackage(
  handle: FileHandle,
  file: IncomingFile,
  modules: ModuleCollector,
  signal: AbortSignal | undefined,
): Promise<PackageFacts> {
  const found: Findings = { kernels: [] }
  const { size } = await handle.stat()
  try {
    await unpack({
      words: ['package', String(UNPACKED_MAX), ...KERNELS, 'boot/config-', ...MODULE_PREFIXES],
      packed: pieceOf(handle, 0, size),
      take: (unpacked) => takeFiles(unpacked, file, modules, found),
      ...(signal && { signal }),
    })
  } catch (error) {
    if (!(error instanceof UnpackFailure)) throw error
    throw new KernelError('damaged', `this package cannot be unpacked: ${error.message}`, 'download it again')
  }
  return factsOf(found)
}

interface Findings {
  control?: string
  config?: ConfigText
  kernels: string[]
}

async function takeFiles(
  stream: Readable,
  file: IncomingFile,
  modules: ModuleCollector,
  found: Findings,
): Promise<void> {
  for await (const framed of framedFiles(stream)) {
    const { path, size, content } = framed
    if (path === 'control' && size <= CONTROL_BYTES_MAX) {
      found.control = await textOf(content)
    } else if (path.startsWith('boot/config-') && size <= CONFIG_BYTES_MAX) {
      const config = { text: await textOf(content), source: path.slice('boot/'.length) }
      if (parseKernelConfig(config.text, config.source) !== undefined) found.config = config
    } else if (KERNELS.some((prefix) => path.startsWith(prefix))) {
      if (size > KERNEL_BYTES_MAX) throw new KernelError('foreign', `its file ${path} has ${size} bytes`)
      found.kernels.push(path)
      if (found.kernels.length === 1) await file.write(content)
    } else {
      await modules.take(framed)
    }
  }
}

async function textOf(content: AsyncIterable<Buffer>): Promise<string> {
  const pieces: Buffer[] = []
  for await (const piece of content) pieces.push(piece)
  return Buffer.concat(pieces).toString('latin1')
}

function factsOf({ control = '', config, kernels }: Findings): PackageFacts {
  const field = (name: string) => new RegExp(`^${name}: *([\\x21-\\x7e]{1,128}) *$`, 'm').exec(control)?.[1]
  const [name, version] = [field('Package'), field('Version')]
  if (name === undefined || version === undefined) {
    throw new KernelError('damaged', 'this package says neither its name nor its version', 'download it again')
  }
  const [kernel, ...others] = kernels
  if (kernel === undefined) {
    const hint = 'a package like linux-image-amd64 only depends on the one with the kernel; `volt kernel pull` finds it'
    throw new KernelError('foreign', `the package ${name} has no kernel in boot/`, hint)
  }
  if (others.length > 0) {
    const hint = 'unpack it (dpkg -x) and import one of them'
    throw new KernelError('foreign', `the package ${name} has several kernels: ${kernels.join(', ')}`, hint)
  }
  return { name, version, kernel, ...(config && { config }) }
}
