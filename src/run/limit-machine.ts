// The cgroup that a machine's process begins in, where its manifest limits it.
import { constants } from 'node:os'
import { dirname } from 'node:path'
import { makeCgroup, removeCgroup } from '../host/cgroup.ts'
import {
  enableLimits,
  LIMIT_FIELDS,
  limitNames,
  writeLimits,
  type LimitsReport,
  type MissingLimit,
} from '../host/cgroup-limits.ts'
import { findCgroupPlace } from '../host/cgroup-place.ts'
import type { OpenDescriptor } from '../host/open-descriptor.ts'
import { DEFAULT_LIFE, type Life, type Limits } from '../plan/life.ts'
import { VoltError } from '../volt-error.ts'

export interface LimitedMachine {
  /** Absent where nothing is to be limited. */
  report?: LimitsReport
  /** For the keeper; absent where no limit is in force. */
  cgroup?: OpenDescriptor
  /** To be called once, when the keeper has it. */
  close: () => Promise<void>
  /** To be called where there is no keeper, or none any more. */
  remove: () => Promise<void>
}

const nothing = { close: () => Promise.resolve(), remove: () => Promise.resolve() }

/**
 * `name` is of the machine and whatever tells it from others. Throws HOST_ERROR where the sandbox is strict and the host
 * cannot limit it as its manifest says.
 */
export async function limitMachine({ limits, sandbox }: Life = DEFAULT_LIFE, name: string): Promise<LimitedMachine> {
  if (limits === undefined) return nothing
  const place = await findCgroupPlace()
  if ('reason' in place) return unlimited(limits, place.reason, sandbox)
  const unavailable = await enableLimits(place.directory, limits)
  refuseWhereStrict(sandbox, unavailable)
  const possible = without(limits, unavailable)
  const asked = limitNames(limits).length
  if (Object.keys(possible).length === 0) return { ...nothing, report: { asked, missing: unavailable } }
  try {
    const { path, handle } = await makeCgroup(place.directory, name)
    const remove = async (): Promise<void> => void (await removeCgroup(path))
    const missing = [...unavailable, ...(await writeLimits(path, possible))]
    const limited = { cgroup: handle, close: () => handle.close(), remove, report: { cgroup: path, asked, missing } }
    if (sandbox === 'strict' && missing.length > 0) {
      await limited.close()
      await remove()
    }
    refuseWhereStrict(sandbox, missing)
    return limited
  } catch (error) {
    if (error instanceof VoltError) throw error
    return unlimited(limits, (error as Error).message, sandbox)
  }
}

/** What stands in the way of a machine that insists on its limits. Throws HOST_ERROR; changes nothing that is seen. */
export async function requireLimits({ limits, sandbox }: Life = DEFAULT_LIFE): Promise<void> {
  if (limits === undefined || sandbox !== 'strict') return
  const place = await findCgroupPlace()
  if ('reason' in place) unlimited(limits, place.reason, sandbox)
  else refuseWhereStrict(sandbox, await enableLimits(place.directory, limits))
}

/** Other limits for a machine that runs. Throws HOST_ERROR where its sandbox is strict and the host has not all of them. */
export async function changeLimits(
  before: LimitsReport | undefined,
  limits: Limits,
  sandbox: Life['sandbox'] = DEFAULT_LIFE.sandbox,
): Promise<LimitsReport> {
  const cgroup = before?.cgroup
  if (cgroup === undefined) return unlimited(limits, 'its process began in no cgroup of its own', sandbox).report
  const unavailable = await enableLimits(dirname(cgroup), limits)
  const missing = [...unavailable, ...(await writeLimits(cgroup, without(limits, unavailable)))]
  refuseWhereStrict(sandbox, missing)
  return { cgroup, asked: limitNames(limits).length, missing }
}

/** For one reason that holds for all of them. */
function unlimited(
  limits: Limits,
  reason: string,
  sandbox: Life['sandbox'],
): LimitedMachine & { report: LimitsReport } {
  const missing = limitNames(limits).map((limit) => ({ limit, reason }))
  refuseWhereStrict(sandbox, missing)
  return { ...nothing, report: { asked: missing.length, missing } }
}

function without(limits: Limits, missing: readonly MissingLimit[]): Limits {
  const names = missing.map(({ limit }) => limit)
  return Object.fromEntries(Object.entries(limits).filter(([name]) => !names.includes(name as keyof Limits)))
}

function refuseWhereStrict(sandbox: Life['sandbox'], [first, ...others]: readonly MissingLimit[]): void {
  if (first === undefined || sandbox !== 'strict') return
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`
  const message = `the sandbox is strict and the host cannot limit ${LIMIT_FIELDS[first.limit]}${more}: ${first.reason}`
  throw new VoltError('HOST_ERROR', message, {
    errno: constants.errno.ENOTSUP,
    hint: '`sandbox: best-effort` runs without such limits and says so',
  })
}
