// What a machine's events say of its beginning and its end, to the process that it runs for.
import type { Readable } from 'node:stream'
import type { StoppedEvent, VmEvent } from '../host/native-addon.ts'
import { fromNative } from '../host/native-error.ts'
import type { ChildEnd } from '../host/spawn-process.ts'
import { EventLines } from '../state/event-lines.ts'
import { VoltError } from '../volt-error.ts'
import { describeEnd, startFailure } from './keeper-process.ts'

export interface MachineEnding {
  /** Does not settle where the guest never runs. */
  started: Promise<void>
  /** How the guest ended, once all is read; throws why it did not run, or that nobody knows. `said` is standard error. */
  after(end: ChildEnd, said: string): StoppedEvent
}

/** Reads the events to their end. */
export function followEnding(events: Readable, onEvent?: (event: VmEvent) => void): MachineEnding {
  let hasStarted = false
  let stopped: StoppedEvent | undefined
  let failure: VoltError | undefined
  events.on('error', () => undefined)
  const started = new Promise<void>((done) => {
    const lines = new EventLines()
    const hear = (event: VmEvent): void => {
      if (event.event === 'failed') failure = fromNative(event)
      if (event.event === 'stopped') stopped = event
      onEvent?.(event)
      if (event.event !== 'started') return
      hasStarted = true
      done()
    }
    events.on('data', (chunk: Buffer) => lines.take(chunk).forEach(hear))
  })
  return {
    started,
    after: (end, said) => {
      if (failure !== undefined) throw failure
      if (stopped !== undefined) return stopped
      if (!hasStarted) throw startFailure(end, said)
      throw new VoltError('HOST_ERROR', `the machine's keeper ${describeEnd(end)}, and the machine with it`)
    },
  }
}
