// How a guest ended, as one line on stderr.
import type { StoppedEvent } from '../host/native-addon.ts'
import type { Context } from './context.ts'
import { printable } from './render/display-text.ts'

/** `hello: reset: the guest reset itself`. */
export async function reportEnd(name: string, event: StoppedEvent, { stderr }: Context): Promise<void> {
  const paint = event.exitCode === 0 ? stderr.style.dim : stderr.style.red
  await stderr.line(paint(printable(`${name}: ${event.reason}: ${event.message}`)))
}
