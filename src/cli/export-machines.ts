// What every `volt export` does: compiles, says what is not the same elsewhere, and writes files.
import { copyFile, mkdir } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { ExportedMachine, ExportNote } from '../export/exported-machine.ts'
import { readHostFacts } from '../host/facts-file.ts'
import { projectFor } from '../run/find-vm.ts'
import { writeAtomic } from '../state/write-atomic.ts'
import { VoltError } from '../volt-error.ts'
import { withCompiled } from './compile-input.ts'
import type { Context } from './context.ts'
import { createProgress } from './progress.ts'
import { variablesOf, type VariableOptions } from './variable-options.ts'
import { writeFailure } from './write-failure.ts'

export interface ExportOptions extends VariableOptions {
  output: string
  vm?: string
  json?: true
  project?: string
  hostFacts?: string
  strict?: true
}

export interface Exported {
  /** Texts by their paths. */
  files: ReadonlyMap<string, string>
  /** Paths of files to copy, by those of the copies. */
  copies?: ReadonlyMap<string, string>
  /** For --json: of each machine its name and its files. */
  vms: { name: string }[]
  /** Paths that the user goes on with. */
  shown: string[]
  notes: { vm: string; note: ExportNote }[]
}

/** As the umask lets: other programs read it, and anybody may. */
const MODE = 0o666

/** `make` gets the absolute directory. Throws EXPORT_UNSUPPORTED before anything is written, and FILE_UNWRITABLE. */
export async function exportMachines(
  context: Context,
  file: string,
  options: ExportOptions,
  make: (machines: ExportedMachine[], directory: string) => Exported,
): Promise<void> {
  const { vm: only, hostFacts } = options
  const progress = createProgress(context, { silent: options.json === true })
  const compileOptions = {
    figures: false,
    variables: variablesOf(options),
    ...(only !== undefined && { only }),
    ...(hostFacts !== undefined && { host: () => readHostFacts(hostFacts) }),
  }
  await withCompiled(context, progress, file, compileOptions, async ({ input, vms }) => {
    const { name: project } = projectFor(input.directory, options.project)
    const directory = resolve(options.output)
    const exported = make(
      vms.map((vm) => ({ project, vm })),
      directory,
    )
    await tellNotes(context, exported, options)
    await writeAll(directory, exported)
    const notes = exported.notes.map(({ vm, note }) => ({ vm, ...note }))
    const result = { formatVersion: 1, project, vms: exported.vms, ...(notes.length > 0 && { notes }) }
    if (options.json) await context.stdout.line(JSON.stringify(result))
    else for (const path of exported.shown) await context.stdout.line(path)
  })
}

async function tellNotes({ stderr }: Context, { notes }: Exported, { json, strict }: ExportOptions): Promise<void> {
  for (const { vm, note } of json ? [] : notes) {
    const kind = note.isUnsupported ? stderr.style.yellow('not supported') : 'note'
    await stderr.line(`${vm}: ${kind}: ${note.field}: ${note.message}`)
  }
  const missing = notes.filter(({ note }) => note.isUnsupported)
  if (!strict || missing.length === 0) return
  const fields = missing.map(({ vm, note }) => `${vm}: ${note.field}`)
  throw new VoltError('EXPORT_UNSUPPORTED', `what is asked for is not there: ${fields.join('; ')}`, {
    hint: 'change the manifest, or leave out --strict',
  })
}

async function writeAll(directory: string, { files, copies = new Map<string, string>() }: Exported): Promise<void> {
  try {
    for (const path of [directory, ...[...files.keys(), ...copies.keys()].map(dirname)]) {
      await mkdir(path, { recursive: true })
    }
    for (const [path, text] of files) await writeAtomic(path, text, MODE)
    for (const [path, source] of copies) await copyFile(source, path)
  } catch (cause) {
    throw writeFailure(directory, cause)
  }
}
