// Host facts from a file, for planning away from the host: what `volt doctor --facts` printed there.
import { readFile } from 'node:fs/promises'
import { Ajv } from 'ajv'
import type { HostFacts } from '../plan/host-facts.gen.ts'
import { VoltError } from '../volt-error.ts'
import { packageFile } from './built-files.ts'

const HINT = '`volt doctor --facts` prints the facts of a host'

/** Throws FILE_UNREADABLE when the file cannot be read or holds something else. */
export async function readHostFacts(path: string): Promise<HostFacts> {
  let value: unknown
  try {
    value = JSON.parse(await readFile(path, 'utf8'))
  } catch (cause) {
    throw new VoltError('FILE_UNREADABLE', `cannot read host facts from ${path}: ${(cause as Error).message}`, {
      hint: HINT,
      cause,
    })
  }
  const schema = JSON.parse(await readFile(packageFile('schema/host-facts.schema.json'), 'utf8')) as object
  const ajv = new Ajv({ strictTypes: false })
  if (ajv.validate<HostFacts>(schema, value)) return value
  throw new VoltError(
    'FILE_UNREADABLE',
    `${path} does not hold host facts: ${ajv.errorsText(ajv.errors, { dataVar: '' })}`,
    { hint: HINT },
  )
}
