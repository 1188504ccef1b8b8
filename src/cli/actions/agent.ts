// What `volt agent` does.
import { existsSync } from 'node:fs'
import { AGENT_FILE, BUILD_HINT } from '../../host/built-files.ts'
import { agentArchive } from '../../run/agent-archive.ts'
import { AGENT_PORT } from '../../run/reach-agent.ts'
import { VoltError } from '../../volt-error.ts'
import type { Context } from '../context.ts'

/** Throws NOT_BUILT. */
export async function printAgentPath({ stdout }: Context, isJson: boolean): Promise<void> {
  if (!existsSync(AGENT_FILE)) throw new VoltError('NOT_BUILT', 'volt-agent is not built', { hint: BUILD_HINT })
  const report = { formatVersion: 1, path: AGENT_FILE, port: AGENT_PORT }
  await stdout.line(isJson ? JSON.stringify(report) : AGENT_FILE)
}

/** Throws USAGE where standard output is a terminal. */
export async function writeAgentArchive({ stdout }: Context): Promise<void> {
  if (stdout.isTTY) {
    throw new VoltError('USAGE', 'an archive is nothing for a terminal', { hint: 'volt agent cpio > agent.cpio' })
  }
  await stdout.write(await agentArchive())
}
