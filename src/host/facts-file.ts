// Host facts from a file, for planning away from the host: what `volt doctor --facts` printed there.
import { readFile } from 'node:fs/promises'
import type { HostFacts } from '../plan/host-facts.gen.ts'
import { VoltError } from '../volt-error.ts'
import { compileFactsSchema } from './compile-facts-schema.ts'

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
  const { validate } = compileFactsSchema()
  if (validate(value)) return value as HostFacts
  const wrong = (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`).join(', ')
  throw new VoltError('FILE_UNREADABLE', `${path} does not hold host facts: ${wrong}`, { hint: HINT })
}
