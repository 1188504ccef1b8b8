// A command in a guest with this process's streams, until it ends.
import type { Socket } from 'node:net'
import { constants } from 'node:os'
import { GuestCommand, type CommandEnd, type CommandOutput, type CommandRequest } from '../run/guest-command.ts'
import { VoltError } from '../volt-error.ts'
import { feedConsole } from './console-input.ts'
import { followSize } from './console-size.ts'
import type { Context } from './context.ts'
import type { EscapeKey } from './escape-key.ts'
import { Interrupted } from './interruption.ts'
import { signalExitCodes } from './exit-codes.ts'

export interface Conversation {
  /** Where its standard input comes from: nowhere, this process's to its end, or a raw terminal with a key that leaves. */
  input: 'none' | 'stream' | EscapeKey
  /** After this the command is ended. */
  timeoutMs?: number
  take(output: CommandOutput): Promise<void>
}

/** 128 + its number for a signal. */
export function exitCodeOfEnd(end: CommandEnd): number {
  return 'exitCode' in end ? end.exitCode : 128 + end.signal
}

/**
 * Over a connection to the agent, which it ends. Undefined where the user left it by the escape key. An interruption goes to the command as a signal; the second ends this
 * process, and so the command. Throws as GuestCommand does, and WAIT_TIMEOUT.
 */
export async function converseInGuest(
  context: Context,
  socket: Socket,
  request: CommandRequest,
  conversation: Conversation,
): Promise<CommandEnd | undefined> {
  const { interruption } = context
  let hasLeft = false
  let isLate = false
  const end = await interruption.guard(async () => {
    const command = new GuestCommand(socket, request)
    const pass = (): void => command.signal(signalOf(interruption.signal.reason))
    interruption.signal.addEventListener('abort', pass, { once: true })
    if (interruption.signal.aborted) command.close()
    const release = feed(context, command, conversation, () => {
      hasLeft = true
      command.close()
    })
    const { timeoutMs } = conversation
    const expire = (): void => {
      isLate = true
      command.close()
    }
    const deadline = timeoutMs === undefined ? undefined : setTimeout(expire, timeoutMs)
    try {
      for await (const output of command.output()) await conversation.take(output)
      return command.end
    } catch (error) {
      // One that was cut off has nothing to say of its agent.
      if (isLate) return undefined
      throw error
    } finally {
      clearTimeout(deadline)
      release()
      interruption.signal.removeEventListener('abort', pass)
    }
  })
  interruption.signal.throwIfAborted()
  if (end !== undefined || hasLeft) return end
  if (isLate) throw new VoltError('WAIT_TIMEOUT', 'the command took too long and was ended', { hint: '--timeout' })
  throw new VoltError('HOST_ERROR', 'the connection to the guest ended before the command did', {
    hint: '`volt ps` says whether the machine runs',
  })
}

function feed(context: Context, command: GuestCommand, { input }: Conversation, leave: () => void): () => void {
  if (input === 'none') {
    command.endInput()
    return () => undefined
  }
  if (input === 'stream') {
    command.feed(process.stdin).catch(() => command.endInput())
    return () => process.stdin.pause()
  }
  const stopFollowing = followSize(command)
  const release = feedConsole(command, context, leave, input.byte)
  return () => {
    release()
    stopFollowing()
  }
}

function signalOf(reason: unknown): number {
  const code = reason instanceof Interrupted ? reason.exitCode : signalExitCodes.SIGTERM
  return code - 128 || constants.signals.SIGTERM
}
