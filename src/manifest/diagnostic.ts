// What is wrong with a manifest, and where. Collected, never thrown; src/cli/ renders it.

/** 1-based line and column; columns count UTF-16 code units. */
export interface Position {
  line: number
  column: number
}

/** A machine with a warning can be run. */
export type Severity = 'error' | 'warning'

/** Something that is wrong in a file that people write, with its place. */
export interface Diagnostic {
  /** Closed set, documented in docs/diagnostics.md. */
  code: string
  severity: Severity
  message: string
  /** Path of the manifest as the user named it. */
  file: string
  start: Position
  /** First position after the problem; same line or later. */
  end: Position
  /** JSON pointer into the document, '' for the document itself. */
  pointer: string
  /** What to do about it. */
  hint?: string
  /** How the place came to be part of the manifest: what extends its file, what uses the value. */
  notes?: DiagnosticNote[]
}

/** Another place that belongs to a diagnostic. */
export interface DiagnosticNote {
  message: string
  file: string
  start: Position
}
