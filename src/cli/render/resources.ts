// What of the host a machine was given and what limits it, as words.
import { LIMIT_FIELDS, limitNames, type LimitName, type LimitsReport } from '../../host/cgroup-limits.ts'
import { formatBytes } from '../../plan/address.ts'
import type { Life, Limits } from '../../plan/life.ts'
import { plural } from './units.ts'

/** What `volt inspect --json` says of it. */
export interface GivenResources {
  /** Limits that are in force, in the units of a cgroup. */
  limits: Limits
  cgroup?: string
  missing: { field: string; reason: string }[]
  pin?: string[]
  hugePages?: Life['hugePages']
}

/** Of a machine that runs. */
export function givenResources({ limits = {}, pin, hugePages }: Partial<Life>, report?: LimitsReport): GivenResources {
  const { cgroup, missing = [] } = report ?? {}
  const refused = new Set<string>(missing.map(({ limit }) => limit))
  return {
    limits: Object.fromEntries(Object.entries(limits).filter(([name]) => !refused.has(name))),
    ...(cgroup !== undefined && { cgroup }),
    missing: missing.map(({ limit, reason }) => ({ field: LIMIT_FIELDS[limit], reason })),
    ...(pin && { pin }),
    ...(hugePages && { hugePages }),
  }
}

/** Rows of a table; none where nothing was asked for. */
export function describeResources({ limits, cgroup, missing, ...placement }: GivenResources): string[][] {
  return [
    ...(cgroup === undefined
      ? []
      : [
          ['limits', describeLimits(limits)],
          ['cgroup', cgroup],
        ]),
    ...missing.map(({ field, reason }) => ['no limit', `${field}: ${reason}`]),
    ...describePlacement(placement),
  ]
}

/** Lines on what a plan asks for. */
export function askedResources({ limits, ...placement }: Partial<Life>): string[] {
  const asked = limits === undefined || limitNames(limits).length === 0 ? [] : [`limits ${describeLimits(limits)}`]
  return [...asked, ...describePlacement(placement).map(([what = '', how = '']) => `${what} ${how}`)]
}

/** One line on what is not in force; undefined where all is. */
export function describeMissing({ asked, missing }: LimitsReport): string | undefined {
  if (missing.length === 0) return undefined
  const reasons = new Map<string, string[]>()
  for (const { limit, reason } of missing) reasons.set(reason, [...(reasons.get(reason) ?? []), LIMIT_FIELDS[limit]])
  const why = [...reasons].map(([reason, fields]) => `${fields.join(', ')}: ${reason}`)
  return `${missing.length} of ${plural(asked, 'limit')} ${missing.length === 1 ? 'is' : 'are'} not in force: ${why.join('; ')}`
}

function describePlacement({ pin, hugePages }: Pick<GivenResources, 'pin' | 'hugePages'>): string[][] {
  return [
    ...(pin === undefined ? [] : [['vCPUs', describePin(pin)]]),
    ...(hugePages === undefined ? [] : [['huge pages', hugePages === 'transparent' ? hugePages : `of ${hugePages}`]]),
  ]
}

function describePin(pin: readonly string[]): string {
  if (pin.length === 1) return `on processors ${pin[0]} of the host`
  return `on processors of the host: ${pin.map((list, vcpu) => `${vcpu} on ${list}`).join('; ')}`
}

const WORDS: Readonly<Record<LimitName, (value: number) => string>> = {
  cpu: (cpus) => `${cpus} processors' worth of time`,
  cpuWeight: (weight) => `processor weight ${weight}`,
  memoryMaxBytes: (bytes) => `memory ${formatBytes(bytes)}`,
  ioWeight: (weight) => `disk weight ${weight}`,
  pids: (count) => `${count} threads`,
}

function describeLimits(limits: Limits): string {
  return limitNames(limits)
    .map((name) => WORDS[name](limits[name] ?? 0))
    .join(', ')
}
