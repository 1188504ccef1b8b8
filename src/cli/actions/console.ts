// What `volt console` does.
import { askVmm } from '../../run/ask-vmm.ts'
import { attachConsole, type AttachedConsole } from '../../run/attach-console.ts'
import { findVm, type FoundVm } from '../../run/find-vm.ts'
import { requireRunning } from '../../run/running-vm.ts'
import { readStatus } from '../../state/vm-state.ts'
import { VoltError } from '../../volt-error.ts'
import { feedConsole } from '../console-input.ts'
import { followSize } from '../console-size.ts'
import type { Context } from '../context.ts'
import { copyOut } from '../copy-out.ts'
import type { EscapeKey } from '../escape-key.ts'
import { reportEnd } from '../report-end.ts'

export interface ConsoleOptions {
  escape: EscapeKey
  project?: string
}

/** Ends with the machine, and then with its exit code, or when the user detaches. */
export async function attachToConsole(
  context: Context,
  name: string,
  { escape, project }: ConsoleOptions,
): Promise<void> {
  const { stderr, interruption } = context
  const vm = await findVm(name, project, process.cwd())
  const { files } = await requireRunning(vm)
  const attached = await attachConsole(files.consoleSocket)
  let isDetached = false
  const detach = (): void => {
    isDetached = true
    attached.close()
  }
  const how = process.stdin.isTTY && escape.byte !== undefined ? `; ${escape.name} detaches` : ''
  await stderr.line(`attached to ${name}${how}`)
  await interruption.guard(() => converse(context, attached, files.control, escape, detach))
  if (isDetached) await stderr.line(`\ndetached; ${name} goes on`)
  interruption.signal.throwIfAborted()
  if (!isDetached) await reportLeft(context, vm)
}

async function converse(
  context: Context,
  attached: AttachedConsole,
  control: string,
  escape: EscapeKey,
  detach: () => void,
): Promise<void> {
  const { signal } = context.interruption
  signal.addEventListener('abort', detach, { once: true })
  if (signal.aborted) detach()
  const stopFollowing = followSize({
    // A machine without a virtio console has nobody to tell.
    resize: (columns, rows) => void askVmm(control, { request: 'resize', columns, rows }).catch(() => undefined),
  })
  const release = feedConsole(attached, context, detach, escape.byte)
  try {
    await copyOut(context, attached.output)
  } finally {
    release()
    stopFollowing()
    attached.close()
    signal.removeEventListener('abort', detach)
  }
}

/** The keeper closed the connection, a moment before it ends, or because this reader was too slow; or nobody reads us. */
async function reportLeft(context: Context, { project, name }: FoundVm): Promise<void> {
  const { stderr, stdout } = context
  for (const until = Date.now() + 1000; Date.now() < until; await new Promise((done) => setTimeout(done, 20))) {
    const { state } = await readStatus(project, name)
    if (state.kind === 'running') continue
    if (state.kind !== 'stopped') return stderr.line(`${name} was killed`)
    await reportEnd(name, state.event, context)
    context.exitCode = state.event.exitCode
    return
  }
  if (stdout.isClosed()) return
  throw new VoltError('HOST_ERROR', `the console of ${name} was closed: what reads it here is too slow`, {
    hint: '`volt logs -f` has it all, at any pace',
  })
}
