// Hands bytes to the kernel reader as the file it expects.
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { KernelImage } from '../../../src/kernel/image.ts'
import type { KernelError } from '../../../src/kernel/kernel-error.ts'
import { readKernel } from '../../../src/kernel/read-kernel.ts'

/** As readKernel, of a file with that content. */
export async function readBytes(content: Uint8Array): Promise<KernelImage> {
  const directory = await mkdtemp(join(tmpdir(), 'volt-kernel-'))
  const path = join(directory, 'kernel')
  await writeFile(path, content)
  const handle = await open(path)
  try {
    return await readKernel(handle)
  } finally {
    await handle.close()
    await rm(directory, { recursive: true })
  }
}

/** The error that readKernel throws; an error of the test when it throws none. */
export async function faultOf(content: Uint8Array): Promise<KernelError> {
  const result = await readBytes(content).catch((error: unknown) => error as KernelError)
  if (!(result instanceof Error)) throw new Error('the kernel was accepted')
  return result
}
