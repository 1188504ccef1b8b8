// The boot of a machine in time: stages of Volt, of the kernel and of userspace, and what cannot be known of them.
import { longestSilences, readBootLog, type BootLog } from './kernel-log.ts'

export type Lane = 'volt' | 'kernel' | 'userspace'

/** Milliseconds since the start was asked for, or since the reset that the boot follows. */
export interface Stage {
  lane: Lane
  label: string
  startMs: number
  /** Null where nothing says when it ended. */
  endMs: number | null
  /** A part of the stage above it. */
  within?: true
}

export interface Mark {
  label: string
  /** Null where only `afterMs` is known. */
  atMs: number | null
  afterMs?: number
}

export interface Timeline {
  name: string
  /** Counted from 1; the last one is drawn. */
  boot: number
  /** RFC 3339: the moment that everything counts from. */
  origin: string
  stages: Stage[]
  marks: Mark[]
  /** Sentences on what is not known, and on what is assumed. */
  unknown: string[]
  /** Where the picture ends. */
  endMs: number
}

export interface TimelineInput {
  name: string
  /** When the start was asked for; absent in records of older versions. */
  askedAt?: string
  /** When the keeper was started. */
  startedAt: string
  /** Of volt-vmm and its keeper, oldest first. */
  events: readonly { event: string; time: string }[]
  console: string
}

/** Pure: the same files give the same timeline. */
export function buildTimeline({ name, askedAt, startedAt, events, console }: TimelineInput): Timeline {
  const starts = events.filter(({ event }) => event === 'started')
  const last = events.findLastIndex(({ event }) => event === 'started')
  const started = events[last]
  const again = starts.length > 1
  const before = events.slice(0, Math.max(0, last)).findLast(({ event }) => event === 'reset' || event === 'restarting')
  const origin = (again ? before?.time : askedAt) ?? startedAt
  const since = (time: string): number => Math.max(0, Date.parse(time) - Date.parse(origin))
  const log = readBootLog(console)
  const unknown: string[] = []
  const stages = again
    ? [stage('volt', 'the machine is made anew', 0, started && since(started.time))]
    : firstStart({ askedAt, startedAt, events, since, unknown })
  const after = events.slice(last + 1)
  const marks = [...eventMarks([...(started === undefined ? [] : [started]), ...after], since)]
  const zero = started && since(started.time)
  if (zero === undefined) unknown.push('The guest has not started: there is nothing of it.')
  else tellGuest({ log, zero, stages, marks, unknown })
  const ends = [...stages.flatMap(({ startMs, endMs }) => [startMs, endMs ?? 0]), ...marks.map(timeOf)]
  return { name, boot: Math.max(1, starts.length), origin, stages, marks, unknown, endMs: Math.max(1, ...ends) }
}

/** The time that a mark is known by. */
export function timeOf({ atMs, afterMs }: Mark): number {
  return atMs ?? afterMs ?? 0
}

function stage(lane: Lane, label: string, startMs: number, end: number | null | undefined): Stage {
  const endMs = end === undefined || end === null ? null : toMicroseconds(end)
  return { lane, label, startMs: toMicroseconds(startMs), endMs }
}

/** As exact as the kernel's stamps. */
function toMicroseconds(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000
}

interface FirstStart extends Pick<TimelineInput, 'events' | 'startedAt'> {
  askedAt: string | undefined
  since: (time: string) => number
  unknown: string[]
}

function firstStart({ askedAt, startedAt, events, since, unknown }: FirstStart): Stage[] {
  const at = (kind: string): number | undefined => {
    const found = events.find(({ event }) => event === kind)
    return found && since(found.time)
  }
  const keeper = since(startedAt)
  const [jailed, started] = [at('sandbox'), at('started')]
  if (askedAt === undefined)
    unknown.push('When the start was asked for was not written down: the keeper is the beginning.')
  const stages = askedAt === undefined ? [] : [stage('volt', 'files opened, keeper started', 0, keeper)]
  if (jailed === undefined) return [...stages, stage('volt', 'the machine is made, without a sandbox', keeper, started)]
  return [
    ...stages,
    stage('volt', 'jail and sandbox', keeper, jailed),
    stage('volt', 'the machine is made', jailed, started),
  ]
}

const MARKS: Record<string, string> = {
  started: 'the guest runs',
  ready: 'ready',
  'not-ready': 'not ready in time',
  stopped: 'stopped',
  paused: 'paused',
}

/** Up to the one that says that the boot is over. */
function eventMarks(events: readonly { event: string; time: string }[], since: (time: string) => number): Mark[] {
  const over = events.findIndex(({ event }) => ['ready', 'not-ready', 'stopped'].includes(event))
  const told = over === -1 ? events : events.slice(0, over + 1)
  return told.flatMap(({ event, time }) => {
    const label = MARKS[event]
    return label === undefined ? [] : [{ label, atMs: since(time) }]
  })
}

interface Guest {
  log: BootLog
  /** When the guest began to run. */
  zero: number
  stages: Stage[]
  marks: Mark[]
  unknown: string[]
}

/** Adds what the guest says of itself. */
function tellGuest({ log, zero, stages, marks, unknown }: Guest): void {
  const { lines, login, panic } = log
  if (lines.length === 0) {
    unknown.push(
      log.hasKernel
        ? 'The kernel writes no times to the console (printk.time=1 makes it): its stages are not known.'
        : 'Nothing on the console is of a Linux kernel with times (quiet leaves them out): the stages of the guest are not known.',
    )
    if (login !== undefined) unknown.push('A login prompt came, without a time.')
    return
  }
  unknown.push(
    "The kernel's clock begins a little after the guest, and nothing says when: its zero is drawn where the guest starts.",
  )
  stages.push(...kernelStages(log, zero), ...userStages(log, zero))
  if (panic !== undefined) marks.push({ label: 'kernel panic', atMs: toMicroseconds(zero + panic) })
  if (login === undefined) return
  marks.push({
    label: 'login prompt',
    atMs: null,
    ...(login.after !== undefined && { afterMs: toMicroseconds(zero + login.after) }),
  })
  unknown.push('A login prompt carries no time: it came after the last line of the kernel before it.')
}

function kernelStages(log: BootLog, zero: number): Stage[] {
  const { processorsUp, initMemoryFreed, init, lines } = log
  const end = init?.at ?? log.panic ?? initMemoryFreed ?? lines.at(-1)?.at ?? 0
  const cuts: [string, number | undefined][] = [
    ['kernel, up to all processors', processorsUp],
    ['kernel, drivers up to freeing init memory', initMemoryFreed],
    [init === undefined ? 'kernel, up to its last line' : `kernel, up to running ${init.path}`, end],
  ]
  const silences = longestSilences(log)
  const stages: Stage[] = []
  let from = 0
  for (const [label, to] of cuts) {
    if (to === undefined || to < from || (to === from && from > 0)) continue
    stages.push(stage('kernel', label, zero + from, zero + to))
    for (const silence of silences.filter((one) => one.to > from && one.to <= to)) {
      const { from: start, to: until, until: text } = silence
      stages.push({ ...stage('kernel', `silent until “${text}”`, zero + start, zero + until), within: true })
    }
    from = to
  }
  return stages
}

function userStages({ init, systemd, finished, login }: BootLog, zero: number): Stage[] {
  if (finished !== undefined) {
    const [initrd, userspace] = [zero + finished.kernel, zero + finished.kernel + finished.initrd]
    return [
      ...(finished.initrd > 0 ? [stage('userspace', "initramfs, by systemd's account", initrd, userspace)] : []),
      stage('userspace', 'systemd up to the default target', userspace, userspace + finished.userspace),
    ]
  }
  if (init === undefined) return []
  const end = login?.after === undefined ? null : zero + login.after
  if (systemd === undefined || systemd < init.at) return [stage('userspace', init.path, zero + init.at, end)]
  return [
    stage('userspace', `${init.path}, the initramfs`, zero + init.at, zero + systemd),
    stage('userspace', 'systemd', zero + systemd, end),
  ]
}
