// Who holds the lock of a file, by what Linux tells of this user's processes: the lock's own pid is that of who took it,
// which has ended.
import { readdir, readFile, stat } from 'node:fs/promises'
import { readStatus } from '../state/vm-state.ts'
import { identityOf } from './open-disk.ts'
import { runningVms } from './find-vm.ts'

/** `the machine 'web' (pid 12) of the project 'lab'`, `volt (pid 12)`; undefined where it cannot be found out. */
export async function findDiskHolder(identity: string): Promise<string | undefined> {
  const pid = await findPid(identity)
  if (pid === undefined) return undefined
  for (const { project, name } of await runningVms()) {
    const { record } = await readStatus(project, name)
    if (record?.pid === pid) return `the machine '${name}' (pid ${pid}) of the project '${project.name}'`
  }
  const command = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => 'a process')
  return `${command.trim()} (pid ${pid})`
}

async function findPid(identity: string): Promise<number | undefined> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  for (const pid of pids) {
    const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => [])
    for (const fd of descriptors) {
      if (await holdsLock(pid, fd, identity)) return pid
    }
  }
  return undefined
}

/** proc(5), /proc/pid/fdinfo: a `lock:` line for each lock of the open file. */
async function holdsLock(pid: number, fd: string, identity: string): Promise<boolean> {
  const found = await stat(`/proc/${pid}/fd/${fd}`, { bigint: true }).catch(() => undefined)
  if (found === undefined || identityOf(found) !== identity) return false
  const info = await readFile(`/proc/${pid}/fdinfo/${fd}`, 'latin1').catch(() => '')
  return /^lock:.*FLOCK/m.test(info)
}
