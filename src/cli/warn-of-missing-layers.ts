// What a machine's sandbox lacks where it may: told at its start, and by `volt inspect`.
import type { SandboxEvent } from '../host/native-addon.ts'
import type { Context } from './context.ts'
import { printable } from './render/display-text.ts'

export async function warnOfMissingLayers(
  name: string,
  missing: SandboxEvent['missing'],
  { stderr }: Context,
): Promise<void> {
  for (const { layer, reason } of missing) {
    await stderr.line(printable(`${name}: the sandbox lacks the layer ${layer}: ${reason}`))
  }
}
