// What of a machine is not the same in a container.
import { ownOverlays } from '../run/own-overlays.ts'
import type { RunnableVm } from '../run/runnable-vm.ts'
import { OWN_SOCKET } from '../run/vsock-place.ts'
import { DEFAULT_LIFE } from '../plan/life.ts'
import { diskBackends, shareBackends, vsockBackends } from '../plan/backends.ts'
import { hostPaths } from './container-paths.ts'
import { networkSources } from './container-network.ts'
import { remark, seedNotes, unsupported, type ExportNote } from './exported-machine.ts'

/** `where` is what it runs in, such as `a Pod`. */
export function containerNotes(vm: RunnableVm, where: string): ExportNote[] {
  return [...diskNotes(vm, where), ...networkNotes(vm, where), ...placeNotes(vm, where), ...otherNotes(vm, where)]
}

function diskNotes(vm: RunnableVm, where: string): ExportNote[] {
  const { plan, sources } = vm
  const isOwn = new Set(ownOverlays(vm).map((file) => file.slice(0, file.lastIndexOf('.'))))
  const overlays = diskBackends(plan)
    .filter(({ overlay }) => overlay !== undefined && isOwn.has(overlay))
    .map(({ image }) => unsupported(`${diskField(image)}.overlay`, `what the guest writes goes with ${where}`))
  const files = diskBackends(plan).flatMap(({ image, overlay }) =>
    hostPaths(vm)
      .filter(({ name }) => name === image || name === overlay)
      .map(({ name, hostPath }) =>
        remark(
          `${diskField(image)}.${name === image ? 'path' : 'overlay'}`,
          `${hostPath} is that of the node that it runs on`,
        ),
      ),
  )
  const shares = shareBackends(plan).map(({ name }) =>
    unsupported(
      `shares.${name.replace(/^share-/, '')}`,
      `the machine does not start: the image has no virtiofsd (${sources[name]})`,
    ),
  )
  return [...overlays, ...files, ...shares]
}

function diskField(backend: string): string {
  return `disks.${backend.replace(/^disk-/, '')}`
}

function networkNotes(vm: RunnableVm, where: string): ExportNote[] {
  return networkSources(vm).flatMap(([name, source]) => {
    const field = `networks.${name}.${source.kind}`
    if (source.kind === 'network') return [unsupported(field, `nobody else is in '${source.name}' of ${where}`)]
    if (source.kind !== 'user') {
      return [unsupported(field, `the machine does not start: '${source.name}' is an interface of the host's`)]
    }
    const local = source.ports.filter(({ address }) => address !== undefined && /^(127\.|::1$)/.test(address))
    return local.map(({ hostPort }) =>
      unsupported(`${field}.ports`, `port ${hostPort} is reached within ${where} only`),
    )
  })
}

/** Of what is asked of the host's kernel for the process. */
function placeNotes({ life = DEFAULT_LIFE }: RunnableVm, where: string): ExportNote[] {
  return [
    ...(life.limits === undefined
      ? []
      : [unsupported('resources', `nobody may make a cgroup there: the limits are those of ${where}`)]),
    ...(life.pin === undefined
      ? []
      : [remark('vcpus.pin', `the machine starts where ${where} may use these processors`)]),
    ...(life.hugePages === undefined || life.hugePages === 'transparent'
      ? []
      : [unsupported('hugePages', `${where} asks for no huge pages, and has none then`)]),
  ]
}

function otherNotes({ plan, sources, spec }: RunnableVm, where: string): ExportNote[] {
  const vsock = vsockBackends(plan)
    .filter(({ listener }) => sources[listener] !== OWN_SOCKET)
    .map(({ listener }) =>
      unsupported('vsock.path', `the socket is in the machine's state, not at ${sources[listener]}`),
    )
  const dependencies = spec?.dependsOn ?? []
  const order = dependencies.length > 0 ? [unsupported('dependsOn', `${where} waits for no other`)] : []
  return [...vsock, ...order, ...seedNotes({ sources })]
}
