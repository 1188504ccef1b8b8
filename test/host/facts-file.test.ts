// Host facts from files, good and bad.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { readHostFacts } from '../../src/host/facts-file.ts'
import type { HostFacts } from '../../src/plan/host-facts.gen.ts'
import { VoltError } from '../../src/volt-error.ts'
import { AMD_FACTS } from '../cli/volt.ts'
import { suite } from '../suite.ts'

const test = suite('host facts from a file')

async function refusal(text: string | undefined): Promise<VoltError> {
  const directory = await mkdtemp(join(tmpdir(), 'volt-facts-'))
  const path = join(directory, 'facts.json')
  if (text !== undefined) await writeFile(path, text)
  const error: unknown = await readHostFacts(path).catch((caught: unknown) => caught)
  await rm(directory, { recursive: true })
  assert.instance(error, VoltError)
  return error as VoltError
}

test('reads what the schema allows', async () => {
  assert.is((await readHostFacts(AMD_FACTS)).cpu.vendor, 'AuthenticAMD')
})

test('refuses a file that is missing, is not JSON or holds something else', async () => {
  const facts = JSON.parse(await readFile(AMD_FACTS, 'utf8')) as HostFacts
  const withoutKvm: Partial<HostFacts> = { ...facts }
  delete withoutKvm.kvm
  const wrong = [undefined, '', '{', '[]', 'null', JSON.stringify(withoutKvm), JSON.stringify({ ...facts, extra: 1 })]
  for (const text of wrong) {
    const error = await refusal(text)
    assert.is(error.code, 'FILE_UNREADABLE', text)
    assert.match(error.hint ?? '', 'volt doctor --facts')
  }
})

test.run()
