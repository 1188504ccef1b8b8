// From a schema to a function. The command line's bundle has the functions themselves in place of this file (scripts/bundle.ts),
// because compiling takes longer than all that `volt validate` does with them.
import { Ajv, type CodeOptions, type ValidateFunction } from 'ajv'
import type { Format } from './schema.ts'

/** With the compiler that made it, for those who want its source. */
export function compileSchema(
  _format: Format,
  schema: object,
  code: CodeOptions = {},
): { ajv: Ajv; validate: ValidateFunction } {
  const ajv = new Ajv({ allErrors: true, verbose: true, strictTypes: false, code })
  // The word editors know for it, too: what a pattern means, as a sentence.
  ajv.addVocabulary(['patternErrorMessage'])
  return { ajv, validate: ajv.compile(schema) }
}
