// The terminal's size to the guest's console, now and whenever it changes.
import type { JailedVm } from '../run/run-jailed.ts'

type Terminal = Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'rows' | 'on' | 'off'>

/** Starts following standard output where it is a terminal; returns how to stop. */
export function followSize(vm: Pick<JailedVm, 'resize'>, terminal: Terminal = process.stdout): () => void {
  if (!terminal.isTTY) return () => undefined
  const tell = (): void => {
    // A terminal that does not know its size says 0.
    if (terminal.columns > 0 && terminal.rows > 0) vm.resize(terminal.columns, terminal.rows)
  }
  terminal.on('resize', tell)
  tell()
  return () => void terminal.off('resize', tell)
}
