// What is said of a place in a file: a diagnostic, or a change that a plan makes there.
import type { Diagnostic, Position, Severity } from '../../manifest/diagnostic.ts'

export interface Finding extends Pick<Diagnostic, 'code' | 'message' | 'file' | 'hint' | 'notes'> {
  severity: Severity | 'note'
  /** Absent where it is of the file as a whole. */
  start?: Position
  end?: Position
}
