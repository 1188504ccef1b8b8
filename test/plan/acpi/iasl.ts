// A second opinion on ACPI tables: Debian's iasl disassembles them and compiles the result again.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Why iasl cannot be asked, or false. */
export function iaslMissing(): string | false {
  try {
    execFileSync('iasl', ['-v'], { stdio: 'ignore' })
    return false
  } catch {
    return 'iasl (package acpica-tools) is not installed'
  }
}

export interface Opinion {
  /** Error and warning lines of both runs. */
  complaints: string[]
  source: string
  /** What the disassembly compiles to. */
  recompiled: Uint8Array
}

export function askIasl(table: Uint8Array): Opinion {
  const directory = mkdtempSync(join(tmpdir(), 'volt-iasl-'))
  try {
    writeFileSync(join(directory, 't.dat'), table)
    const run = (...args: string[]) =>
      execFileSync('sh', ['-c', 'exec iasl "$@" 2>&1', 'sh', ...args], { cwd: directory, encoding: 'utf8' })
    const log = run('-d', 't.dat') + run('-p', 'again', 't.dsl')
    const complaints = log
      .split('\n')
      .filter(
        (line) => /error|warning|optimization/i.test(line) && !/ 0 Errors, 0 Warnings, 0 Remarks(?!, [1-9])/.test(line),
      )
      .filter((line) => !line.startsWith('ASL+ Optimizing Compiler'))
    return {
      complaints,
      source: readFileSync(join(directory, 't.dsl'), 'utf8'),
      recompiled: readFileSync(join(directory, 'again.aml')),
    }
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/** The table with the fields that iasl writes itself (checksum, creator id and revision) blanked. */
export function withoutCreator(table: Uint8Array): string {
  const copy = Uint8Array.from(table)
  copy.fill(0, 9, 10)
  copy.fill(0, 28, 36)
  return Buffer.from(copy).toString('hex')
}
