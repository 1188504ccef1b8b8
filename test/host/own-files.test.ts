// Files that are opened and removed at once.
import { existsSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { removeFile } from '../../src/host/own-files.ts'
import { suite } from '../suite.ts'

const test = suite('own files')

test('a file is removed, one that is not there is no failure, and one of which nobody can tell is', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'volt-own-'))
  try {
    const file = join(directory, 'file')
    writeFileSync(file, '')
    removeFile(file)
    assert.not(existsSync(file))
    removeFile(file)
    removeFile(join(directory, 'none', 'file'))
    assert.throws(() => removeFile(join(directory, 'x'.repeat(300))), /ENAMETOOLONG/)
    assert.throws(() => removeFile(directory), /EISDIR|EPERM/)
  } finally {
    await rm(directory, { recursive: true })
  }
})

test.run()
