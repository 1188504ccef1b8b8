// Pictures go to a file, never over anything but an older picture, or to standard output.
import { open, realpath } from 'node:fs/promises'
import { writeAtomic } from '../state/write-atomic.ts'
import { VoltError } from '../volt-error.ts'
import type { Context } from './context.ts'
import { printable } from './render/display-text.ts'
import { writeFailure } from './write-failure.ts'

/** Readable to whoever the umask lets. */
const PICTURE_MODE = 0o666
const BEGINNING = '<svg '

/** Throws USAGE where the picture would take the place of a file that is none. */
export async function checkPicture(output: string | undefined): Promise<void> {
  if (output === undefined) return
  const handle = await open(output, 'r').catch(() => undefined)
  if (handle === undefined) return
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(BEGINNING.length), 0, BEGINNING.length, 0)
    if (buffer.toString('latin1', 0, bytesRead) === BEGINNING) return
  } catch {
    // A directory, or what cannot be read: no picture either.
  } finally {
    await handle.close()
  }
  throw new VoltError('USAGE', `${output} exists and is no picture`, {
    hint: 'name a new file, or a picture to replace',
  })
}

/** Throws FILE_UNWRITABLE. */
export async function showPicture(context: Context, svg: string, output: string | undefined): Promise<void> {
  if (output === undefined) return context.stdout.write(svg)
  try {
    // A link stays, and what it names is replaced.
    await writeAtomic(await realpath(output).catch(() => output), svg, PICTURE_MODE)
  } catch (cause) {
    throw writeFailure(output, cause)
  }
  await context.stderr.line(printable(`drew ${output}`))
}
