// What `volt inspect` does.
import { formatBytes } from '../../plan/address.ts'
import { askVmm } from '../../run/ask-vmm.ts'
import type { InspectedBalloon, InspectedDevice, Inspection } from '../../run/control-protocol.ts'
import { findVm } from '../../run/find-vm.ts'
import { requireRunning } from '../../run/running-vm.ts'
import { eventsOf } from '../../state/read-events.ts'
import { readSandbox, type Sandbox } from '../../state/read-sandbox.ts'
import type { VmRecord } from '../../state/vm-record.ts'
import type { Context } from '../context.ts'
import { printable } from '../render/display-text.ts'
import { describeLoss, LOSSES, type Loss } from '../render/loss.ts'
import { describeResources, givenResources, type GivenResources } from '../render/resources.ts'
import { describeSandbox } from '../render/sandbox.ts'
import { renderTable } from '../render/table.ts'
import { formatDuration } from '../render/units.ts'

export interface InspectOptions {
  json?: true
  project?: string
}

export async function inspect(context: Context, name: string, options: InspectOptions): Promise<void> {
  const found = await findVm(name, options.project, process.cwd())
  const { files, record } = await requireRunning(found)
  const { state, uptimeMs, vcpus, memoryBytes, devices } = await askVmm<Inspection>(files.control, {
    request: 'inspect',
  })
  const { digest, pid } = record
  const problems = await readProblems(files.events)
  const sandbox = await readSandbox(files.events)
  const resources = givenResources(record.life ?? {}, record.limits)
  const vm = {
    project: found.project.name,
    name,
    state,
    pid,
    digest,
    uptimeMs,
    vcpus,
    memoryBytes,
    devices,
    sandbox,
    resources,
    problems,
  }
  const json = JSON.stringify({ formatVersion: 1, ...vm }, undefined, 2) + '\n'
  await context.stdout.write(options.json ? json : toText(record, vm))
}

/** More than machines have devices: one that lies is not shown whole. */
const PROBLEMS_SHOWN = 100

/** What devices have lost since the machine was started, of each the last, in the order of that. */
async function readProblems(events: string): Promise<Loss[]> {
  const lost = new Map<string, Loss>()
  for await (const { event, device, message } of eventsOf(events, LOSSES)) {
    const key = `${event} ${device}`
    lost.delete(key)
    lost.set(key, { event, device, message })
    const [oldest] = lost.keys()
    if (lost.size > PROBLEMS_SHOWN && oldest !== undefined) lost.delete(oldest)
  }
  return [...lost.values()]
}

function toText(
  { name, digest, pid }: VmRecord,
  inspection: Inspection & { sandbox: Sandbox; resources: GivenResources; problems: Loss[] },
): string {
  const { state, uptimeMs, vcpus, memoryBytes, devices, sandbox, resources, problems } = inspection
  const given = describeResources(resources)
  const facts = renderTable([
    ['state', `${state}, started ${formatDuration(uptimeMs)} ago, process ${pid}`],
    ['plan', digest],
    ['vcpus', String(vcpus)],
    ['memory', formatBytes(memoryBytes)],
  ])
  const drops = devices.flatMap(describeDrops)
  const balloons = devices.flatMap(({ balloon }) => (balloon === undefined ? [] : [describeBalloon(balloon)]))
  const consoles = devices.flatMap(({ console }) => (console === undefined ? [] : [describeConsole(console)]))
  const tables = devices.length === 0 ? [] : [deviceTable(devices)]
  const lost = problems.map((problem) => describeLoss(problem) + '\n')
  const parts = [
    `${name}\n${facts}`,
    renderTable(describeSandbox(sandbox)),
    ...(given.length === 0 ? [] : [renderTable(given)]),
    ...tables,
    ...lost,
    ...drops,
    ...balloons,
    ...consoles,
  ]
  return parts.join('\n')
}

function deviceTable(devices: readonly InspectedDevice[]): string {
  const header = ['DEVICE', 'TYPE', 'REQUESTS', 'TO GUEST', 'FROM GUEST', 'INTERRUPTS', 'THROTTLED', 'ERRORS', 'FAULTS']
  const cells = devices.map(({ id, type, counters }) => {
    const count = (name: string): string => String(counters[name] ?? 0)
    const bytes = (name: string): string => formatBytes(counters[name] ?? 0)
    return [
      ...[id, type, count('requests'), bytes('bytesToGuest'), bytes('bytesFromGuest')],
      ...[count('interrupts'), count('throttled'), count('errors'), count('faults')],
    ]
  })
  return renderTable([header, ...cells])
}

/** Frames of a network that went nowhere, with the reasons. */
function describeDrops({ id, counters }: InspectedDevice): string[] {
  const reasons = Object.entries(counters)
    .filter(([name, count]) => name.startsWith('dropped') && count > 0)
    .map(([name, count]) => `${count} ${spaced(name.slice('dropped'.length))}`)
  return reasons.length === 0 ? [] : [printable(`${id} dropped frames: ${reasons.join(', ')}`) + '\n']
}

/** `NoRoom` is `no room`. */
function spaced(words: string): string {
  return words.replace(/(?!^)[A-Z]/g, ' $&').toLowerCase()
}

function describeConsole({ columns, rows }: NonNullable<InspectedDevice['console']>): string {
  const size = columns === 0 ? 'a terminal of unknown size' : `a terminal of ${columns} columns and ${rows} rows`
  return renderTable([['console', size]])
}

function describeBalloon(balloon: InspectedBalloon): string {
  const { targetBytes, actualBytes, inflatedBytes, reportedBytes, statistics } = balloon
  const { available, free, total } = statistics
  const figures = Object.entries({ 'in all': total, free, available })
    .filter((entry): entry is [string, number] => entry[1] !== undefined)
    .map(([what, value]) => `${formatBytes(value)} ${what}`)
  return renderTable([
    ['balloon', `the guest keeps ${formatBytes(actualBytes)}, and is asked to keep ${formatBytes(targetBytes)}`],
    ['given back', `${formatBytes(inflatedBytes)} by the balloon, ${formatBytes(reportedBytes)} as free pages`],
    ['the guest says', figures.join(', ') || 'nothing yet'],
  ])
}
