// What `volt events` does.
import type { VmEvent } from '../../host/native-addon.ts'
import { findVm, runningVms, type FoundVm } from '../../run/find-vm.ts'
import { followEvents } from '../../run/follow-events.ts'
import type { Context } from '../context.ts'
import { printable } from '../render/display-text.ts'

export interface EventsOptions {
  follow?: true
  json?: true
  project?: string
}

interface Told extends FoundVm {
  event: VmEvent
}

export async function events(context: Context, names: string[], options: EventsOptions): Promise<void> {
  const { stdout, interruption } = context
  const vms = await select(names, options.project)
  const format = options.json ? toJson : toText
  const told: Told[] = []
  const read = async (vm: FoundVm): Promise<void> => {
    for await (const event of followEvents(vm, { follow: options.follow === true, signal: interruption.signal })) {
      if (stdout.isClosed()) return
      if (options.follow) await stdout.line(format({ ...vm, event }))
      else told.push({ ...vm, event })
    }
  }
  await Promise.all(vms.map(read))
  // What has happened is told in its order; what happens, as it comes.
  told.sort((one, other) => Date.parse(one.event.time) - Date.parse(other.event.time))
  for (const one of told) await stdout.line(format(one))
}

async function select(names: string[], project: string | undefined): Promise<FoundVm[]> {
  if (names.length > 0) return Promise.all(names.map((name) => findVm(name, project, process.cwd())))
  return (await runningVms()).filter((vm) => project === undefined || vm.project.name === project)
}

function toJson({ project, name, event }: Told): string {
  // Last too: an event that says it is another machine's is not.
  const whose = { project: project.name, vm: name }
  return JSON.stringify({ ...whose, ...event, ...whose })
}

/** Told at the beginning of the line, or too long for one. */
const UNTOLD = new Set(['formatVersion', 'event', 'time', 'console'])

/** `2026-01-01T00:00:00.000Z web stopped reason=poweroff exitCode=0: the guest powered itself off`. */
function toText({ name, event }: Told): string {
  const { message, ...details } = event as VmEvent & { message?: string }
  const figures = Object.entries(details)
    .filter(([key]) => !UNTOLD.has(key))
    .map(([key, value]) => ` ${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
  const sentence = message === undefined ? '' : `: ${message}`
  return printable(`${event.time} ${name} ${event.event}${figures.join('')}${sentence}`)
}
