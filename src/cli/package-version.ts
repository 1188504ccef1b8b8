// The version of the package, from its package.json.
import { readFileSync } from 'node:fs'
import { packageFile } from '../host/built-files.ts'

export function packageVersion(): string {
  return (JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as { version: string }).version
}
