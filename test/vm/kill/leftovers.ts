// What of a state directory's machines still exists on the host.
import { findCgroupPlace } from '../../../src/host/cgroup-place.ts'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

export interface FoundProcess {
  pid: number
  command: string
}

/** Processes that have something of `root` open or on their command line; not those that only run there. */
export function processesOf(root: string): FoundProcess[] {
  const found: FoundProcess[] = []
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry)
    if (!Number.isInteger(pid) || pid === process.pid) continue
    const command = read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim()
    if (command !== '' && (command.includes(root) || openFiles(pid).some((file) => file.startsWith(root)))) {
      found.push({ pid, command })
    }
  }
  return found
}

/** Lines of /proc/self/mountinfo, as what is mounted now. */
export function mounts(): string[] {
  return read('/proc/self/mountinfo').trimEnd().split('\n')
}

/** Names of cgroups of a project's machines. */
export async function cgroupsOf(project: string): Promise<string[]> {
  const place = await findCgroupPlace()
  return 'directory' in place ? readdirSync(place.directory).filter((name) => name.startsWith(`volt-${project}`)) : []
}

function openFiles(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => link(`/proc/${pid}/fd/${fd}`))
  } catch {
    return []
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
