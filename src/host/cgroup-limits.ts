// What a cgroup limits, each limit by a file of its own.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Limits } from '../plan/life.ts'
import { enableController } from './cgroup-place.ts'

export type LimitName = keyof Limits

/** A limit that is not in force, and why. */
export interface MissingLimit {
  limit: LimitName
  reason: string
}

/** What of its limits a machine has. */
export interface LimitsReport {
  /** Path of its cgroup; absent where none is in force. */
  cgroup?: string
  /** How many were asked for. */
  asked: number
  missing: MissingLimit[]
}

/** As the manifest calls them. */
export const LIMIT_FIELDS: Readonly<Record<LimitName, string>> = {
  cpu: 'resources.cpu',
  cpuWeight: 'resources.cpuWeight',
  memoryMaxBytes: 'resources.memoryOverhead',
  ioWeight: 'resources.ioWeight',
  pids: 'resources.pids',
}

interface LimitFile {
  controller: string
  /** The first that there is. */
  files: readonly string[]
  text: (value: number) => string
}

const PERIOD_US = 100_000

const LIMIT_FILES: Readonly<Record<LimitName, LimitFile>> = {
  cpu: { controller: 'cpu', files: ['cpu.max'], text: (cpus) => `${Math.round(cpus * PERIOD_US)} ${PERIOD_US}` },
  cpuWeight: { controller: 'cpu', files: ['cpu.weight'], text: String },
  memoryMaxBytes: { controller: 'memory', files: ['memory.max'], text: String },
  // The one of the scheduler BFQ stands in where the kernel has no io.cost.
  ioWeight: { controller: 'io', files: ['io.weight', 'io.bfq.weight'], text: String },
  pids: { controller: 'pids', files: ['pids.max'], text: String },
}
const LIMIT_NAMES = Object.keys(LIMIT_FILES) as LimitName[]

export function limitNames(limits: Limits): LimitName[] {
  return LIMIT_NAMES.filter((name) => limits[name] !== undefined)
}

/** Those that the controllers of a place do not make possible; enables the others there. */
export async function enableLimits(place: string, limits: Limits): Promise<MissingLimit[]> {
  const missing: MissingLimit[] = []
  for (const limit of limitNames(limits)) {
    const reason = await enableController(place, LIMIT_FILES[limit].controller)
    if (reason !== undefined) missing.push({ limit, reason })
  }
  return missing
}

/** Puts limits in force in a cgroup, and takes those away that are not named; which cannot be. */
export async function writeLimits(cgroup: string, limits: Limits): Promise<MissingLimit[]> {
  const missing: MissingLimit[] = []
  for (const limit of LIMIT_NAMES) {
    const value = limits[limit]
    const { files, text } = LIMIT_FILES[limit]
    const refusal = await writeFirst(cgroup, files, value === undefined ? withoutLimit(limit) : text(value))
    if (refusal !== undefined && value !== undefined) missing.push({ limit, reason: refusal })
  }
  return missing
}

/** As the kernel begins. */
function withoutLimit(limit: LimitName): string {
  return limit.endsWith('Weight') ? '100' : 'max'
}

/** Why none took it. */
async function writeFirst(cgroup: string, files: readonly string[], text: string): Promise<string | undefined> {
  for (const file of files) {
    try {
      await writeFile(join(cgroup, file), text, { flag: 'r+' })
      return undefined
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException
      if (code !== 'ENOENT') return `${join(cgroup, file)} does not take '${text}' (${code})`
    }
  }
  return `${cgroup} has no ${files.join(' and no ')}`
}
