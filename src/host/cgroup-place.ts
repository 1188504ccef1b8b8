// Where this process may make cgroups (version 2, Documentation/admin-guide/cgroup-v2.rst in Linux).
import { constants } from 'node:fs'
import { access, readFile, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'

/** A directory, or why there is none. */
export type CgroupPlace = { directory: string } | { reason: string }

/**
 * The highest cgroup around this process, its own included, that it may divide and move processes in: all of them for root,
 * those that systemd delegated for others.
 */
export async function findCgroupPlace(): Promise<CgroupPlace> {
  const [mounts, own] = await Promise.all([read('/proc/self/mountinfo'), read('/proc/self/cgroup')])
  const mount = findMount(mounts)
  const path = /^0::(\/.*)$/m.exec(own)?.[1]
  if (mount === undefined || path === undefined) return { reason: 'cgroup v2 is not mounted' }
  const inside = relative(mount.root, path)
  for (const directory of inside.startsWith('..') ? [] : chain(mount.point, inside)) {
    if ((await isWritable(directory)) && (await isWritable(join(directory, 'cgroup.procs')))) return { directory }
  }
  return {
    reason: `this process may make no cgroup around its own, ${path}; \`systemd-run --user --scope -p Delegate=yes volt …\` starts Volt where it may`,
  }
}

/** Names of what cgroups in it can be limited by. */
export async function availableControllers(directory: string): Promise<string[]> {
  return words(await read(join(directory, 'cgroup.controllers')))
}

/** Has cgroups in it be limited by the controller; why it cannot, else undefined. */
export async function enableController(directory: string, controller: string): Promise<string | undefined> {
  const [enabled, available] = await Promise.all([
    read(join(directory, 'cgroup.subtree_control')),
    availableControllers(directory),
  ])
  if (words(enabled).includes(controller)) return undefined
  if (!available.includes(controller)) return `the controller ${controller} is not available in ${directory}`
  try {
    await writeFile(join(directory, 'cgroup.subtree_control'), `+${controller}`)
    return undefined
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    const why = code === 'EBUSY' ? 'it has processes of its own' : code
    return `the controller ${controller} cannot be enabled in ${directory}: ${why}`
  }
}

interface Mount {
  /** Path in the hierarchy that is mounted. */
  root: string
  point: string
}

/** `36 35 0:30 ROOT POINT OPTIONS … - cgroup2 …`, with spaces as \040 (proc(5)). */
export function findMount(mountinfo: string): Mount | undefined {
  for (const line of mountinfo.split('\n')) {
    const [before = '', after = ''] = line.split(' - ')
    const [, , , root, point] = before.split(' ').map((field) => field.replaceAll('\\040', ' '))
    if (after.startsWith('cgroup2 ') && root !== undefined && point !== undefined) return { root, point }
  }
  return undefined
}

/** From the top down. */
function chain(top: string, inside: string): string[] {
  const parts = inside === '' ? [] : inside.split('/')
  return [top, ...parts.map((_, index) => join(top, ...parts.slice(0, index + 1)))]
}

async function isWritable(path: string): Promise<boolean> {
  return access(path, constants.W_OK).then(
    () => true,
    () => false,
  )
}

async function read(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '')
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '')
}
