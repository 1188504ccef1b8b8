// From the schema of host facts to a function. The command line's bundle has the function itself in place of this file
// (scripts/bundle.ts).
import { readFileSync } from 'node:fs'
import { Ajv, type CodeOptions, type ValidateFunction } from 'ajv'
import { packageFile } from './built-files.ts'

/** With the compiler that made it, for those who want its source. */
export function compileFactsSchema(code: CodeOptions = {}): { ajv: Ajv; validate: ValidateFunction } {
  const schema = JSON.parse(readFileSync(packageFile('schema/host-facts.schema.json'), 'utf8')) as object
  const ajv = new Ajv({ strictTypes: false, code })
  return { ajv, validate: ajv.compile(schema) }
}
