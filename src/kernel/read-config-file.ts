// The `config-<version>` file that distributions put beside a kernel.
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { KernelConfig } from './image.ts'
import { CONFIG_BYTES_MAX, parseKernelConfig } from './kernel-config.ts'

/** A configuration as it is written, and the name of its file. */
export interface ConfigText {
  text: string
  source: string
}

/** As readConfigText, and what it says. */
export async function readConfigFile(path: string, version: string | undefined): Promise<KernelConfig | undefined> {
  const found = await readConfigText(path, version)
  return found && parseKernelConfig(found.text, found.source)
}

/**
 * `path` is the kernel's, `version` the release that it tells itself, which counts before the one in its name. Undefined
 * when there is no such file, or none that is a kernel's configuration: it is help, so nothing here is an error.
 */
export async function readConfigText(path: string, version: string | undefined): Promise<ConfigText | undefined> {
  const versionInName = /^vmlinu[xz]-(.+)$/.exec(basename(path))?.[1]
  for (const name of new Set([version, versionInName])) {
    // A version comes out of the kernel's bytes; it must not lead to another directory.
    if (name === undefined || basename(name) !== name) continue
    const file = `config-${name}`
    const text = await readText(join(dirname(path), file))
    if (text !== undefined && parseKernelConfig(text, file) !== undefined) return { text, source: file }
  }
  return undefined
}

async function readText(path: string): Promise<string | undefined> {
  try {
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const status = await handle.stat()
      if (!status.isFile() || status.size > CONFIG_BYTES_MAX) return undefined
      const bytes = Buffer.alloc(status.size)
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0)
      return bytes.toString('latin1', 0, bytesRead)
    } finally {
      await handle.close()
    }
  } catch {
    return undefined
  }
}
