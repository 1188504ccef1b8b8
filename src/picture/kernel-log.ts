// What a console tells of a Linux guest's last boot: the kernel's own times, and what its userspace says of its start.

/** Milliseconds since the kernel's clock began, throughout. */
export interface BootLog {
  /** Whether the kernel said anything at all: its banner was seen. */
  hasKernel: boolean
  /** Stamped lines up to the login prompt, ascending. */
  lines: StampedLine[]
  processorsUp?: number
  initMemoryFreed?: number
  /** When the first program was run, and its path. */
  init?: { at: number; path: string }
  /** When systemd of the root file system said its version. */
  systemd?: number
  /** By systemd's own account: how long each phase took, one after another. */
  finished?: { kernel: number; initrd: number; userspace: number }
  panic?: number
  /** The last time before the prompt for a login, which carries none itself. */
  login?: { after: number | undefined }
}

export interface StampedLine {
  at: number
  text: string
}

const BANNER = /^(?:\[ *\d+\.\d{6}\] )?Linux version \d/
const STAMP = /^\[ *(\d{1,9})\.(\d{6})\] (.*)$/
const LOGIN = /^\S{1,64} login: ?/
/** SGR and other sequences of a terminal: ECMA-48 §5.4. */
// eslint-disable-next-line no-control-regex
const SEQUENCE = /\u001b(?:\[[0-?]*[ -/]*[@-~]|[@-Z\\-_])/g
const LINE_MAX = 400

/** `written` is what the guest wrote, of several boots or of a part of one. */
export function readBootLog(written: string): BootLog {
  const lines = lastBoot(written.split('\n').map(cleanLine))
  const log: BootLog = { hasKernel: BANNER.test(lines[0] ?? ''), lines: [] }
  for (const line of lines) {
    const stamp = STAMP.exec(line)
    if (stamp !== null) hearKernel(log, Number(stamp[1]) * 1000 + Number(stamp[2]) / 1000, stamp[3] ?? '')
    const finished = finishedOf(line)
    if (finished !== undefined) log.finished = finished
    if (!LOGIN.test(line)) continue
    log.login = { after: log.lines.at(-1)?.at }
    break
  }
  return log
}

function cleanLine(line: string): string {
  return line.slice(0, LINE_MAX).replace(SEQUENCE, '').replaceAll('\r', '')
}

function lastBoot(lines: readonly string[]): readonly string[] {
  const first = lines.findLastIndex((line) => BANNER.test(line))
  return first === -1 ? lines : lines.slice(first)
}

function hearKernel(log: BootLog, at: number, text: string): void {
  // Processors write side by side; what is late by a little does not go back.
  const time = Math.max(at, log.lines.at(-1)?.at ?? 0)
  log.lines.push({ at: time, text })
  if (/^smp: Brought up |^Brought up \d+ CPUs/.test(text)) log.processorsUp ??= time
  if (/^Freeing unused kernel (?:image \(initmem\) )?memory: /.test(text)) log.initMemoryFreed ??= time
  const init = /^Run (\S+) as init process/.exec(text)
  if (init !== null) log.init ??= { at: time, path: init[1] ?? '' }
  if (/^systemd\[1\]: systemd \S+ running in system mode/.test(text)) log.systemd = time
  if (text.startsWith('Kernel panic - not syncing')) log.panic ??= time
}

/** `Startup finished in 1.5s (kernel) + 2.1s (initrd) + 1min 4.2s (userspace) = 1min 7.8s.` */
function finishedOf(line: string): BootLog['finished'] | undefined {
  const match = /Startup finished in (.*) = /.exec(line)
  if (match === null) return undefined
  const phase = (name: string): number => {
    const found = new RegExp(`([\\d.a-z ]+) \\(${name}\\)`).exec(match[1] ?? '')
    return found === null ? 0 : durationOf(found[1] ?? '')
  }
  return { kernel: phase('kernel'), initrd: phase('initrd'), userspace: phase('userspace') }
}

/** systemd's way of writing a time span, systemd.time(7). */
function durationOf(text: string): number {
  const units: Record<string, number> = { us: 0.001, ms: 1, s: 1000, min: 60_000, h: 3_600_000 }
  let milliseconds = 0
  for (const [, amount, unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)(us|ms|min|s|h)\b/g)) {
    milliseconds += Number(amount) * (units[unit] ?? 0)
  }
  return milliseconds
}

export interface Silence {
  from: number
  to: number
  /** What ended it. */
  until: string
}

const SILENCES = 6
/** Shorter ones are no wait: in milliseconds, and as a part of the whole. */
const SILENCE_MIN_MS = 5
const SILENCE_MIN_PART = 0.03

/** The longest times, before the first program ran, in which the kernel said nothing; ascending. */
export function longestSilences({ lines, init }: BootLog): Silence[] {
  const kernel = init === undefined ? lines : lines.filter(({ at }) => at <= init.at)
  const total = kernel.at(-1)?.at ?? 0
  const least = Math.max(SILENCE_MIN_MS, total * SILENCE_MIN_PART)
  return kernel
    .flatMap(({ at, text }, index): Silence[] => {
      const from = kernel[index - 1]?.at ?? at
      return at - from >= least ? [{ from, to: at, until: text }] : []
    })
    .sort((one, other) => other.to - other.from - (one.to - one.from))
    .slice(0, SILENCES)
    .sort((one, other) => one.from - other.from)
}
