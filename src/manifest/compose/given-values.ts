// Values of variables from the command line: words of --var, and files of --var-file.
import { dirname, resolve } from 'node:path'
import type { Diagnostic } from '../diagnostic.ts'
import { quote } from '../problem.ts'
import { diagnoseAt, isMapping, sourcedFrom, type Origin, type Sourced } from './sourced.ts'
import { readWrittenFile } from './written-file.ts'

/** What a command is given for the variables of its manifests. */
export interface VariableInputs {
  /** In the order of the command line; of two of a name the later one counts. */
  vars?: readonly { name: string; text: string }[]
  /** Paths; of two files that give a variable the later one counts, and --var before both. */
  varFiles?: readonly string[]
}

export interface GivenValue {
  value: unknown
  /** Whether it is a word, whose type the variable gives. */
  isText: boolean
  /** As in `--var cpus=4`, or `prod.yaml`. */
  label: string
  /** What a relative path starts from. */
  directory: string
  /** Absent for words of the command line. */
  origin?: Origin
}

export interface GivenValues {
  values: ReadonlyMap<string, GivenValue>
  diagnostics: Diagnostic[]
  /** Texts by the names that diagnostics use. */
  texts: ReadonlyMap<string, string>
}

const SHOWN_MAX = 40

/** Never throws for what the user can get wrong. */
export async function readGivenValues({ vars = [], varFiles = [] }: VariableInputs): Promise<GivenValues> {
  const values = new Map<string, GivenValue>()
  const diagnostics: Diagnostic[] = []
  const texts = new Map<string, string>()
  for (const path of varFiles) {
    const { source, text, value, diagnostics: found, refusal } = await readWrittenFile(path, path, dirname(resolve(path))) // prettier-ignore
    texts.set(path, text)
    diagnostics.push(...found)
    const root: Origin = { source, pointer: '' }
    if (refusal !== undefined) diagnostics.push(diagnoseAt(root, { code: 'V040', message: refusal, pointer: '' }))
    if (value === undefined) continue
    const read = sourcedFrom(value, source)
    if (!isMapping(read)) diagnostics.push(notValues(read))
    else for (const [name, entry] of read.content) values.set(name, fromFile(path, source.directory, entry))
  }
  for (const { name, text } of vars) {
    const shown = text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text
    values.set(name, { value: text, isText: true, label: `--var ${name}=${shown}`, directory: process.cwd() })
  }
  return { values, diagnostics, texts }
}

function fromFile(path: string, directory: string, { content, origin }: Sourced): GivenValue {
  const value = typeof content === 'object' && content !== null ? undefined : content
  return { value, isText: false, label: path, directory, origin }
}

function notValues({ content, origin }: Sourced): Diagnostic {
  const what = Array.isArray(content) ? 'a list' : quote(content)
  const message = `values of variables are a mapping from names to values, not ${what}`
  return diagnoseAt(origin, { code: 'V004', message, pointer: '', hint: 'write a line such as cpus: 4 for each' })
}
