// Reads volt.lock, like a manifest: whatever is in it, what is wrong is said of its lines.
import { access } from 'node:fs/promises'
import type { Diagnostic } from './diagnostic.ts'
import type { Lock } from './lock.gen.ts'
import { parseDocuments } from './parse-documents.ts'
import type { Problem } from './problem.ts'
import { isEmpty, placer, readDocument } from './read-document.ts'
import { readSourceFile } from './read-source.ts'
import { validateLock } from './validate-document.ts'

export interface ReadLock {
  /** As diagnostics name it. */
  file: string
  text: string
  /** Absent where there is no such file, or something is wrong with it. */
  lock?: Lock
  diagnostics: Diagnostic[]
}

/** Never throws for what the user can get wrong. */
export async function readLock(file: string): Promise<ReadLock> {
  if (await isMissing(file)) return { file, text: '', diagnostics: [] }
  const read = await readSourceFile(file)
  const { text } = read
  const place = placer(file, text)
  const refuse = (problem: Omit<Problem, 'pointer'>): ReadLock => {
    return { file, text, diagnostics: [place({ ...problem, pointer: '' })] }
  }
  if (!read.ok) {
    const span = { start: read.offset, end: read.offset + 1 }
    return refuse({ code: read.code, message: `${file} ${read.message}`, span })
  }
  const { documents, refused } = parseDocuments(text)
  if (refused !== undefined) {
    const span = { start: refused.offset, end: refused.offset + 1 }
    return refuse({ code: 'V008', message: refused.message, span, ...(refused.hint && { hint: refused.hint }) })
  }
  const [document, ...others] = documents.filter((each) => !isEmpty(each))
  if (document === undefined || others.length > 0) {
    const hint = 'remove it, and `volt lock` writes it anew'
    return refuse({ code: 'V009', message: `${file} is no lock: it holds ${others.length + Number(document !== undefined)} documents`, hint }) // prettier-ignore
  }
  const { valid, problems, locations } = readDocument(document, 0, text, validateLock)
  const diagnostics = problems.map((problem) => place(problem, locations))
  return { file, text, diagnostics, ...(valid !== undefined && { lock: valid }) }
}

async function isMissing(path: string): Promise<boolean> {
  return access(path).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
  )
}
