// What `volt fmt` does.
import { realpath, stat } from 'node:fs/promises'
import { readManifestText } from '../../manifest/load-manifests.ts'
import { formatText } from '../../manifest/format-text.ts'
import type { Diagnostic } from '../../manifest/diagnostic.ts'
import { writeAtomic } from '../../state/write-atomic.ts'
import type { Context } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import { printable } from '../render/display-text.ts'
import { showDiagnostics } from '../report-error.ts'
import { writeFailure } from '../write-failure.ts'

export interface FmtOptions {
  check?: true
}

/** Files after one that cannot be read or written as YAML are still done. Throws FILE_UNWRITABLE. */
export async function fmt(context: Context, paths: string[], { check }: FmtOptions): Promise<void> {
  const diagnostics: Diagnostic[] = []
  const sources = new Map<string, string>()
  for (const path of paths) {
    const { file, source, diagnostics: unread } = await readManifestText(path)
    const formatted = unread.length > 0 ? { ok: false as const, diagnostics: unread } : formatText(source, file)
    sources.set(file, source)
    if (!formatted.ok) diagnostics.push(...formatted.diagnostics)
    else await deliver(context, path, file, source, formatted.text, check === true)
  }
  await showDiagnostics(diagnostics, sources, context)
  if (diagnostics.length > 0) context.exitCode = EXIT.invalid
}

async function deliver(
  context: Context,
  path: string,
  file: string,
  before: string,
  after: string,
  check: boolean,
): Promise<void> {
  const { stdout } = context
  if (path === '-' && !check) return stdout.write(after)
  if (before === after) return
  if (check) context.exitCode = EXIT.failed
  else await replace(path, after)
  await stdout.line(printable(file))
}

/** A link stays, and so does the file's mode. */
async function replace(path: string, text: string): Promise<void> {
  try {
    const target = await realpath(path)
    await writeAtomic(target, text, (await stat(target)).mode & 0o7777)
  } catch (cause) {
    throw writeFailure(path, cause)
  }
}
