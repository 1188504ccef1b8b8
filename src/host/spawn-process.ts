// Starts a program as Volt starts machines: in a session of its own, in the root directory, with these descriptors and no
// others. The addon does it, since Node copies its page tables for each child, which takes longer than a machine's start.
import { closeSync } from 'node:fs'
import { Socket } from 'node:net'
import { constants } from 'node:os'
import { callNative } from './native-error.ts'
import { native } from './native.ts'
import { identifyChild, waitForExit, type ProcessIdentity } from './process.ts'

/** How a process ended; both are null where nobody knows. */
export type ChildEnd = [code: number | null, killedBy: string | null]

/** What the program finds at each number: a descriptor of ours, nothing to read or write, or the other end of a socket. */
export type Descriptors = readonly (number | 'ignore' | 'pipe')[]

export interface SpawnedProcess {
  readonly identity: ProcessIdentity
  /** Our end of the socket at that number. Whoever started the process ends it. */
  pipe(number: number): Socket
  /** Nothing where it has ended. */
  kill(signal: NodeJS.Signals): void
  /** Waits for it, with a thread of Node's pool: call it when the end is near. Rejects with the signal's reason. */
  ended(signal?: AbortSignal): Promise<ChildEnd>
}

const FOREVER_MS = 2 ** 31 - 1

/** Those that were not seen to end: each start looks, so that none stays a zombie for long. */
const children = new Set<Child>()

/** Throws HOST_ERROR or NOT_BUILT. */
export function spawnProcess(
  file: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  descriptors: Descriptors,
): SpawnedProcess {
  for (const child of children) child.look()
  const sockets = new Map<number, Socket>()
  const theirs: number[] = []
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value ?? ''}`)
  try {
    const given = descriptors.map((entry, number) => {
      if (entry !== 'pipe') return entry === 'ignore' ? -1 : entry
      const [ours, other] = callNative(() => native().socketPair())
      theirs.push(other)
      sockets.set(number, new Socket({ fd: ours, readable: true, writable: true }))
      return other
    })
    const pid = callNative(() => native().spawnProcess(file, [...args], variables, given))
    return new Child(pid, sockets)
  } catch (error) {
    for (const socket of sockets.values()) socket.destroy()
    throw error
  } finally {
    theirs.forEach(closeSync)
  }
}

class Child implements SpawnedProcess {
  readonly identity: ProcessIdentity
  private readonly pid: number
  private readonly sockets: ReadonlyMap<number, Socket>
  private end: ChildEnd | undefined

  /** Ends the process where this process cannot even read who it is. */
  constructor(pid: number, sockets: ReadonlyMap<number, Socket>) {
    this.pid = pid
    this.sockets = sockets
    children.add(this)
    try {
      this.identity = identifyChild(pid)
    } catch (error) {
      this.kill('SIGKILL')
      throw error
    }
  }

  pipe(number: number): Socket {
    const socket = this.sockets.get(number)
    if (socket === undefined) throw new TypeError(`descriptor ${number} is no socket of ours`)
    return socket
  }

  kill(signal: NodeJS.Signals): void {
    // Until its end is taken note of its pid is nobody else's.
    if (this.look() === undefined) process.kill(this.pid, signal)
  }

  async ended(signal?: AbortSignal): Promise<ChildEnd> {
    if (this.look() === undefined) await waitForExit(this.identity, FOREVER_MS, signal)
    return this.look() ?? [null, null]
  }

  /** Undefined while it runs. */
  look(): ChildEnd | undefined {
    if (this.end !== undefined) return this.end
    const end = native().reapProcess(this.pid)
    if (end === null) return undefined
    children.delete(this)
    const killedBy = Object.entries(constants.signals).find(([, number]) => number === end.signal)?.[0]
    return (this.end = [end.status ?? null, killedBy ?? null])
  }
}
