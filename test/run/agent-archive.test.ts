// The agent as a layer of an initramfs, unpacked by cpio(1).
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { AGENT_FILE } from '../../src/host/built-files.ts'
import { agentArchive } from '../../src/run/agent-archive.ts'
import { suite } from '../suite.ts'
import { withoutAgent } from './support-agent.ts'

const test = suite('the agent as an initramfs')
const withoutCpio = existsSync('/usr/bin/cpio') ? false : 'there is no cpio'

test.skipIf(withoutAgent || withoutCpio, 'cpio unpacks the program, and what comes behind is aligned', async () => {
  const archive = await agentArchive()
  assert.is(archive.length % 512, 0)
  assert.ok(archive.equals(await agentArchive()))
  const directory = await mkdtemp(join(tmpdir(), 'volt-layer-'))
  try {
    const { status, stderr } = spawnSync('cpio', ['-id', '--quiet'], { cwd: directory, input: archive })
    assert.is(status, 0, stderr.toString())
    const program = join(directory, 'usr/bin/volt-agent')
    assert.ok((await readFile(program)).equals(await readFile(AGENT_FILE)))
    assert.is((await stat(program)).mode & 0o7777, 0o755)
    assert.is((await stat(join(directory, 'usr'))).mode & 0o7777, 0o755)
  } finally {
    await rm(directory, { recursive: true })
  }
})

test.run()
