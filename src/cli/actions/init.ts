// What `volt init` does.
import { existsSync } from 'node:fs'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { packageFile } from '../../host/built-files.ts'
import { firstManifest, problemWith, type Answers } from '../../manifest/first-manifest.ts'
import { openInput } from '../../run/open-input.ts'
import { projectNameOf } from '../../state/project-name.ts'
import { writeAtomic } from '../../state/write-atomic.ts'
import { VoltError } from '../../volt-error.ts'
import { atTerminal, canAsk } from '../ask.ts'
import { askForManifest } from '../ask-for-manifest.ts'
import type { Context } from '../context.ts'
import { printable } from '../render/display-text.ts'
import { shellWord } from '../render/shell-word.ts'
import { showDiagnostics } from '../report-error.ts'
import { writeFailure } from '../write-failure.ts'

export interface InitOptions extends Partial<Omit<Answers, 'network'>> {
  network?: true
  /** False with --no-schema. */
  schema: boolean
  force?: true
  yes?: true
}

const DEFAULT_FILE = 'vm.yaml'
const SCHEMA_FILE = 'volt.schema.json'
const FILE_MODE = 0o666

/** Throws USAGE where the file is there, its directory is not, or an option is wrong, and FILE_UNWRITABLE. */
export async function init(context: Context, file: string, options: InitOptions): Promise<void> {
  const { schema, force = false, yes = false, ...given } = options
  await requirePlace(file, force)
  const asks = canAsk(context) && !yes
  const defaults = { name: projectNameOf(dirname(resolve(file))), kernel: 'builtin:hello', ...given }
  for (const [field, value] of Object.entries(defaults)) {
    const problem = problemWith(field as keyof Answers, value)
    if (problem !== undefined) throw new VoltError('USAGE', `--${field}: ${problem.message}`, hintOf(problem))
  }
  const answers = asks
    ? await atTerminal(context, (ask) => askForManifest(ask, context.stderr, given, defaults))
    : defaults
  const modeline = schema ? `# yaml-language-server: $schema=./${SCHEMA_FILE}\n` : ''
  await write(file, modeline + firstManifest(await withDirectory(answers, dirname(file))), force)
  await context.stderr.line(printable(`wrote ${file}`))
  if (schema) await writeSchema(file, context)
  await tellWhatIsMissing(file, context)
}

async function requirePlace(file: string, force: boolean): Promise<void> {
  const directory = dirname(file)
  if (!existsSync(directory)) {
    const hint = `make it first: mkdir -p ${shellWord(directory)}`
    throw new VoltError('USAGE', `there is no directory ${directory}`, { hint })
  }
  const there = await stat(file).catch(() => undefined)
  if (there?.isDirectory()) {
    const hint = `name the manifest in it: volt init ${shellWord(join(file, DEFAULT_FILE))}`
    throw new VoltError('USAGE', `${file} is a directory`, { hint })
  }
  if (there !== undefined && !force) throw exists(file)
}

/** What ends with a slash, or is a directory, is one that Volt makes an initial RAM disk from. */
async function withDirectory(answers: Answers, place: string): Promise<Answers> {
  const { initrd } = answers
  if (typeof initrd !== 'string') return answers
  const there = await stat(resolve(place, initrd)).catch(() => undefined)
  return initrd.endsWith('/') || there?.isDirectory() ? { ...answers, initrd: { directory: initrd } } : answers
}

function exists(file: string): VoltError {
  return new VoltError('USAGE', `${file} is there already`, { hint: 'name another file, or replace it with --force' })
}

function hintOf({ hint }: { hint?: string }): { hint?: string } {
  return hint === undefined ? {} : { hint }
}

async function write(file: string, text: string, force: boolean): Promise<void> {
  try {
    if (force) await writeAtomic(file, text, FILE_MODE)
    else await writeFile(file, text, { flag: 'wx' })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') throw exists(file)
    throw writeFailure(file, cause)
  }
}

/** Another version of it is brought up to date; a file of somebody else's stays. */
async function writeSchema(manifest: string, { stderr }: Context): Promise<void> {
  const path = join(dirname(manifest), SCHEMA_FILE)
  const text = await readFile(packageFile('schema/manifest-file.schema.json'), 'utf8')
  const there = await readFile(path, 'utf8').catch(() => undefined)
  if (there === text) return
  if (there !== undefined && !there.includes('"urn:volt:manifest')) {
    return stderr.line(printable(`${path} is something else, and stays as it is`))
  }
  await write(path, text, there !== undefined)
  await stderr.line(printable(`wrote ${path}, which editors read by the first line of ${basename(manifest)}`))
}

async function tellWhatIsMissing(file: string, context: Context): Promise<void> {
  const { stderr } = context
  const { diagnostics, sources, close } = await openInput(file)
  await close()
  if (diagnostics.length === 0) return stderr.line(printable(nextSteps(file)))
  await stderr.line('what it names is to be put there:')
  await showDiagnostics(diagnostics, sources, context)
}

function nextSteps(file: string): string {
  return `next: volt plan ${shellWord(file)}, volt run ${shellWord(file)}`
}
