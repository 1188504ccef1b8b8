// What a change of each field of the manifest takes. docs/changes.md has the same table; a test holds both to the schema.

/**
 * `none`: written down, nothing that runs changes. `live`: the running machine is told. `restart`: the guest finds the
 * change when it boots again. `replace`: it boots again without what it wrote before, which is kept.
 */
export type ChangeClass = 'none' | 'live' | 'restart' | 'replace'

export interface FieldClass {
  class: ChangeClass
  /** Of a disk whose writes go to an overlay of Volt's own, where that is another. */
  withOwnOverlay?: 'replace'
  why: string
}

const none = (why: string): FieldClass => ({ class: 'none', why })
const live = (why: string): FieldClass => ({ class: 'live', why })
const restart = (why: string): FieldClass => ({ class: 'restart', why })

const LIMIT = live('the device takes another limit while it runs')
const CGROUP = live('the cgroup takes another limit while it runs')
const NODES = restart('the guest reads NUMA tables when it boots')
const PROCESSORS = restart('processors are made with the machine')
const DEVICES = restart('devices are found when the guest boots')
const FEATURES = restart('a driver agrees on features when it begins')
const BACKEND = restart('what a device works on is opened when the machine starts')
const KEEPER = restart('the parent of its process is started with it')
const SEED = restart('cloud-init reads its disk when the guest boots')
const FIRMWARE = restart('tables are read when the guest boots')

/** By path of the manifest's schema; `[]` is any entry of a list. Entries of a mapping of the user's are their mapping. */
export const CHANGE_CLASSES: Readonly<Record<string, FieldClass>> = {
  apiVersion: none('there is one'),
  kind: none('there is one'),
  extends: none('what it comes to is compared'),
  vars: none('what they come to is compared'),
  abstract: none('a base is no machine'),
  metadata: none('the guest does not see it'),
  'metadata.name': { class: 'replace', why: 'another name is another machine; the one of before has left the file' },
  'metadata.labels': none('the guest does not see them'),
  kernel: restart('a kernel is loaded when the guest boots'),
  'kernel.image': restart('a kernel is loaded when the guest boots'),
  'kernel.sha256': none('it is compared with the image, which is the same'),
  'kernel.initrd': restart('it is loaded when the guest boots'),
  'kernel.initrd.directory': restart('it is loaded when the guest boots'),
  'kernel.initrd.modules': restart('they are loaded when the guest boots'),
  'kernel.cmdline': restart('it is read when the guest boots'),
  'kernel.protocol': restart('it is how the guest is entered'),
  vcpus: PROCESSORS,
  'vcpus.count': PROCESSORS,
  'vcpus.sockets': PROCESSORS,
  'vcpus.cores': PROCESSORS,
  'vcpus.threads': PROCESSORS,
  'vcpus.pin': restart('its threads are pinned when it starts'),
  cpu: PROCESSORS,
  'cpu.template': PROCESSORS,
  'cpu.features': PROCESSORS,
  memory: restart('memory is made with the machine; the balloon changes what the guest keeps of it'),
  hugePages: restart('memory is made with the machine'),
  resources: restart('its process begins in its cgroup'),
  'resources.cpu': CGROUP,
  'resources.cpuWeight': CGROUP,
  'resources.memoryOverhead': CGROUP,
  'resources.ioWeight': CGROUP,
  'resources.pids': CGROUP,
  numa: NODES,
  'numa[].vcpus': NODES,
  'numa[].memory': NODES,
  'numa[].distances': NODES,
  firmware: FIRMWARE,
  'firmware.mptable': FIRMWARE,
  'firmware.acpi': FIRMWARE,
  console: DEVICES,
  'console.device': DEVICES,
  'console.maxSize': KEEPER,
  disks: { ...DEVICES, withOwnOverlay: 'replace' },
  'disks[].name': { class: 'restart', withOwnOverlay: 'replace', why: 'another name is another disk' },
  'disks[].path': { ...BACKEND, withOwnOverlay: 'replace' },
  'disks[].from': { ...BACKEND, withOwnOverlay: 'replace' },
  'disks[].from.directory': { ...BACKEND, withOwnOverlay: 'replace' },
  'disks[].from.ociLayout': { ...BACKEND, withOwnOverlay: 'replace' },
  'disks[].from.dockerArchive': { ...BACKEND, withOwnOverlay: 'replace' },
  'disks[].from.ref': { ...BACKEND, withOwnOverlay: 'replace' },
  'disks[].size': { ...BACKEND, withOwnOverlay: 'replace' },
  'disks[].readOnly': FEATURES,
  'disks[].overlay': { ...BACKEND, withOwnOverlay: 'replace' },
  'disks[].cache': FEATURES,
  'disks[].serial': DEVICES,
  'disks[].queues': FEATURES,
  'disks[].discard': FEATURES,
  'disks[].rateLimit': LIMIT,
  'disks[].rateLimit.bandwidth': LIMIT,
  'disks[].rateLimit.bandwidth.rate': LIMIT,
  'disks[].rateLimit.bandwidth.burst': LIMIT,
  'disks[].rateLimit.ops': LIMIT,
  'disks[].rateLimit.ops.rate': LIMIT,
  'disks[].rateLimit.ops.burst': LIMIT,
  rng: DEVICES,
  'rng.rateLimit': LIMIT,
  'rng.rateLimit.bandwidth': LIMIT,
  'rng.rateLimit.bandwidth.rate': LIMIT,
  'rng.rateLimit.bandwidth.burst': LIMIT,
  networks: DEVICES,
  'networks[].name': restart('another name is another network'),
  'networks[].user': BACKEND,
  'networks[].user.ports': restart('ports are given to passt when the machine starts'),
  'networks[].tap': BACKEND,
  'networks[].bridge': BACKEND,
  'networks[].network': BACKEND,
  'networks[].mac': FEATURES,
  'networks[].mtu': FEATURES,
  'networks[].queues': FEATURES,
  'networks[].preventSpoofing': restart('the device is made with it'),
  'networks[].vhost': BACKEND,
  'networks[].rateLimit': LIMIT,
  'networks[].rateLimit.receive': LIMIT,
  'networks[].rateLimit.receive.rate': LIMIT,
  'networks[].rateLimit.receive.burst': LIMIT,
  'networks[].rateLimit.transmit': LIMIT,
  'networks[].rateLimit.transmit.rate': LIMIT,
  'networks[].rateLimit.transmit.burst': LIMIT,
  vsock: DEVICES,
  'vsock.cid': restart('the guest reads it when its driver begins'),
  'vsock.path': BACKEND,
  provision: SEED,
  'provision.hostname': SEED,
  'provision.sshKeys': SEED,
  'provision.sshKeys[].env': SEED,
  'provision.userData': SEED,
  balloon: DEVICES,
  'balloon.target': live('the guest is asked for another size while it runs'),
  'balloon.freePageReporting': FEATURES,
  'balloon.deflateOnOom': FEATURES,
  'balloon.statsInterval': restart('the device is made with it'),
  shares: DEVICES,
  'shares[].tag': restart('another tag is another share'),
  'shares[].directory': restart('virtiofsd is started with the machine'),
  'shares[].readOnly': restart('virtiofsd is started with the machine'),
  'shares[].cache': restart('virtiofsd is started with the machine'),
  restart: KEEPER,
  readiness: KEEPER,
  'readiness.console': KEEPER,
  'readiness.vsock': KEEPER,
  'readiness.tcp': KEEPER,
  'readiness.timeout': KEEPER,
  sandbox: KEEPER,
  dependsOn: none('it is an order of starts, not of what runs'),
  stopTimeout: none('it is read when the machine is stopped'),
}

/** Of a path such as `disks[].rateLimit`, or of the nearest field around it. */
export function fieldClass(path: string): FieldClass {
  for (let at = path; at !== ''; at = at.slice(0, Math.max(at.lastIndexOf('.'), 0))) {
    const found = CHANGE_CLASSES[at]
    if (found !== undefined) return found
  }
  throw new TypeError(`the field ${path} has no class of change`)
}
