// The repository's own files, for the tests that hold its rules.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

export const root = new URL('../../', import.meta.url).pathname

/** Paths, relative to the root, of all files that are or would be committed. */
export function listFiles(): string[] {
  const output = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  })
  return [...new Set(output.split('\n').filter((path) => path !== ''))]
}

export function readSource(path: string): string {
  return readFileSync(root + path, 'utf8')
}
