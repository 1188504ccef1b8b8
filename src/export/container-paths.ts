// Where what a machine works on lies in its container: files that its plan has digests of in the image, by these; disks and
// overlays of the host at mounts; what Volt keeps itself in the state.
import { isAbsolute } from 'node:path'
import { diskBackendNames, shareBackends, vsockBackends } from '../plan/backends.ts'
import type { RunnableVm } from '../run/runnable-vm.ts'
import { OWN_SOCKET } from '../run/vsock-place.ts'

export const PLAN_DIRECTORY = '/machine/plan'
export const STATE_HOME = '/var/lib/volt'
const FILES = '/machine/files'

/** A file or directory of the host that the container has to be given. */
export interface HostPath {
  /** Of the backend. */
  name: string
  hostPath: string
  containerPath: string
  /** Whether the machine writes there; one that is not there yet is made. */
  isOverlay: boolean
  isDirectory: boolean
  readOnly: boolean
}

/** A file that the image has to hold. */
export interface ImageFile {
  sha256: string
  hostPath: string
}

export function imagePath(sha256: string): string {
  return `${FILES}/${sha256}`
}

/** Of each digest one; without what comes with Volt. */
export function imageFiles({ plan, sources }: RunnableVm): ImageFile[] {
  const files = plan.files.map(({ id, sha256 }) => ({ sha256, hostPath: sources[id] ?? '' }))
  return files.filter(({ hostPath }) => isAbsolute(hostPath))
}

/** In the order of the devices. */
export function hostPaths({ plan, sources }: RunnableVm): HostPath[] {
  const writable = new Set(
    plan.devices.flatMap((device) =>
      device.type !== 'virtio-block' ? [] : (device.overlay ?? (device.readOnly ? [] : device.backend)),
    ),
  )
  const disks = diskBackendNames(plan).map((name) => ({
    name,
    isOverlay: plan.devices.some((device) => device.type === 'virtio-block' && device.overlay === name),
    isDirectory: false,
    readOnly: !writable.has(name),
  }))
  const shares = shareBackends(plan).map(({ name, readOnly }) => ({
    name,
    isOverlay: false,
    isDirectory: true,
    readOnly,
  }))
  return [...disks, ...shares]
    .map((path) => ({ ...path, hostPath: sources[path.name] ?? '', containerPath: `/machine/${path.name}` }))
    .filter(({ hostPath }) => isAbsolute(hostPath))
}

/** The machine's sources, as a plan in the container has them. */
export function containerSources(vm: RunnableVm): Record<string, string> {
  const files = vm.plan.files.map(({ id, sha256 }) => [id, imagePath(sha256)] as const)
  const isInImage = (id: string): boolean => isAbsolute(vm.sources[id] ?? '')
  const mounted = hostPaths(vm).map(({ name, containerPath }) => [name, containerPath] as const)
  const sockets = vsockBackends(vm.plan).map(({ listener }) => [listener, OWN_SOCKET] as const)
  return { ...vm.sources, ...Object.fromEntries([...files.filter(([id]) => isInImage(id)), ...mounted, ...sockets]) }
}
