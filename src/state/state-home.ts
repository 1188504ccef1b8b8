// Where Volt keeps its state, by the XDG base directory specification.
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'

/** `$XDG_STATE_HOME/volt`; a relative XDG_STATE_HOME is ignored, as the specification asks. */
export function stateHome(env: NodeJS.ProcessEnv = process.env): string {
  const configured = env['XDG_STATE_HOME']
  const base = configured !== undefined && isAbsolute(configured) ? configured : join(homedir(), '.local', 'state')
  return join(base, 'volt')
}
