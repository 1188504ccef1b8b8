// What `volt run` does.
import { limitNames } from '../../host/cgroup-limits.ts'
import { runInProcess, type ConsoleObserver } from '../../run/run-in-process.ts'
import { runJailed, type JailedVm } from '../../run/run-jailed.ts'
import type { RunnableVm } from '../../run/runnable-vm.ts'
import { VoltError } from '../../volt-error.ts'
import { withCompiled, type CompileOptions } from '../compile-input.ts'
import { feedConsole } from '../console-input.ts'
import { followSize } from '../console-size.ts'
import type { Context } from '../context.ts'
import { createProgress } from '../progress.ts'
import { describeMissing } from '../render/resources.ts'
import { describeLoss, isLoss } from '../render/loss.ts'
import { plural } from '../render/units.ts'
import { reportEnd } from '../report-end.ts'
import { warnOfEmulation } from '../warn-of-emulation.ts'
import { warnOfSmallPages } from '../warn-of-small-pages.ts'
import type { LockedOptions } from '../locked-options.ts'
import { variablesOf, type VariableOptions } from '../variable-options.ts'
import { warnOfMissingLayers } from '../warn-of-missing-layers.ts'

export interface RunOptions extends VariableOptions, LockedOptions {
  vm?: string
  quiet?: true
  inProcess?: true
}

/** Console output that is kept for a reader who is slow; more is dropped rather than the guest held up. */
const MAX_PENDING_BYTES = 1024 * 1024

export async function run(context: Context, file: string, options: RunOptions): Promise<void> {
  const progress = createProgress(context, { silent: options.quiet === true })
  const compileOptions: CompileOptions = {
    figures: true,
    variables: variablesOf(options),
    locked: options,
    check: (names) => {
      if (names.length <= 1) return
      throw new VoltError('USAGE', `${file} has ${names.length} machines; run takes one`, {
        hint: `choose with --vm: ${names.join(', ')}`,
      })
    },
    ...(options.vm !== undefined && { only: options.vm }),
  }
  await withCompiled(context, progress, file, compileOptions, async ({ vms }) => {
    await warnOfEmulation(vms, context)
    await warnOfSmallPages(vms, context)
    const settings = {
      stdinIsTaken: file === '-',
      quiet: options.quiet === true,
      inProcess: options.inProcess === true,
    }
    for (const vm of vms) await runForeground(vm, context, settings)
  })
}

async function runForeground(
  vm: RunnableVm,
  context: Context,
  options: { stdinIsTaken: boolean; quiet: boolean; inProcess: boolean },
): Promise<void> {
  const { stdout, stderr, interruption } = context
  await interruption.guard(async () => {
    if (process.stdin.isTTY && !options.stdinIsTaken) await stderr.line('Ctrl-] ends the machine.')
    let dropped = 0
    const observer: ConsoleObserver = {
      onConsole: (chunk) => {
        if (stdout.isClosed()) return
        if (stdout.pendingBytes() > MAX_PENDING_BYTES) dropped += chunk.length
        else void stdout.write(chunk)
      },
      onEvent: (event) => {
        if (event.event === 'console-dropped') dropped += event.bytes
        if (event.event === 'sandbox') void warnOfMissingLayers(vm.name, event.missing, context)
        if (isLoss(event)) void stderr.line(`${vm.name}: ${describeLoss(event)}`)
      },
    }
    const running = await (options.inProcess ? runHere(vm, observer) : runJailed(vm, observer, interruption.signal))
    const unlimited = running.limits && describeMissing(running.limits)
    if (unlimited !== undefined) await stderr.line(`${stderr.style.yellow('warning')}: ${vm.name}: ${unlimited}`)
    for (const path of options.quiet ? [] : running.vsocks) await stderr.line(`${vm.name}: vsock on ${path}`)
    const stop = (): void => running.stop()
    interruption.signal.addEventListener('abort', stop, { once: true })
    if (interruption.signal.aborted) stop()
    const stopFollowing = followSize(running)
    const release = options.stdinIsTaken ? () => undefined : feedConsole(running, context, stop)
    try {
      const event = await running.ended
      context.exitCode = event.exitCode
      await flushed(context)
      release()
      if (dropped > 0) {
        await stderr.line(`${vm.name}: ${plural(dropped, 'byte')} of console output dropped: nobody read them in time`)
      }
      await reportEnd(vm.name, event, context)
    } finally {
      release()
      stopFollowing()
      interruption.signal.removeEventListener('abort', stop)
    }
    interruption.signal.throwIfAborted()
  })
}

/** For debugging, so that a manifest is not taken at its word where it insists on what cannot be here. */
async function runHere(vm: RunnableVm, observer: ConsoleObserver): Promise<JailedVm> {
  if (vm.spec?.sandbox !== 'strict') return { ...(await runInProcess(vm, observer)), ...unlimitedHere(vm) }
  throw new VoltError('USAGE', `${vm.name} has \`sandbox: strict\`, and --in-process has no sandbox`, {
    hint: 'leave out --in-process',
  })
}

/** What a cgroup would limit is a process of its own. */
function unlimitedHere({ life }: RunnableVm): Pick<JailedVm, 'limits'> {
  if (life?.limits === undefined) return {}
  const reason = 'with --in-process the machine has no process of its own'
  const missing = limitNames(life.limits).map((limit) => ({ limit, reason }))
  return { limits: { asked: missing.length, missing } }
}

/** Waits for a slow reader, unless interrupted. */
async function flushed({ stdout, interruption: { signal } }: Context): Promise<void> {
  if (signal.aborted) return
  let onAbort = (): void => undefined
  const aborted = new Promise<void>((done) =>
    signal.addEventListener('abort', (onAbort = () => done()), { once: true }),
  )
  await Promise.race([stdout.write(''), aborted])
  signal.removeEventListener('abort', onAbort)
}
