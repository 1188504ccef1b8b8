// A change of every field of the manifest: what to write into a manifest before, and what in its place.

/** By path of the schema, as in CHANGE_CLASSES: members of a manifest, in YAML's flow style, before and after. */
export const FAKE_CHANGES: Readonly<Record<string, readonly [before: string, after: string]>> = {
  'metadata.labels': ['metadata: { name: vm, labels: { a: b } }', 'metadata: { name: vm, labels: { a: c } }'],
  kernel: ['kernel: { image: ./a }', 'kernel: { image: ./b, cmdline: quiet }'],
  'kernel.image': ['kernel: { image: ./a }', 'kernel: { image: ./b }'],
  'kernel.sha256': ['kernel: { image: ./a }', `kernel: { image: ./a, sha256: ${'a'.repeat(64)} }`],
  'kernel.initrd': ['kernel: { image: ./a, initrd: ./i }', 'kernel: { image: ./a, initrd: ./j }'],
  'kernel.initrd.directory': [
    'kernel: { image: ./a, initrd: { directory: ./i } }',
    'kernel: { image: ./a, initrd: { directory: ./j } }',
  ],
  'kernel.initrd.modules': [
    'kernel: { image: ./a, initrd: { directory: ./i, modules: [ext4] } }',
    'kernel: { image: ./a, initrd: { directory: ./i, modules: [ext4, xfs] } }',
  ],
  'kernel.cmdline': ['kernel: { image: ./a, cmdline: quiet }', 'kernel: { image: ./a, cmdline: [quiet, splash] }'],
  'kernel.protocol': ['kernel: { image: ./bz, protocol: auto }', 'kernel: { image: ./elf, protocol: pvh }'],
  vcpus: ['vcpus: 1', 'vcpus: 2'],
  'vcpus.count': ['vcpus: { count: 2, threads: 2 }', 'vcpus: { count: 4, threads: 2 }'],
  'vcpus.sockets': ['vcpus: { count: 2 }', 'vcpus: { count: 2, sockets: 2 }'],
  'vcpus.cores': ['vcpus: { count: 4, sockets: 4, cores: 1 }', 'vcpus: { count: 4, cores: 4 }'],
  'vcpus.threads': ['vcpus: { count: 2, threads: 1 }', 'vcpus: { count: 2, threads: 2 }'],
  'vcpus.pin': ['vcpus: { count: 2, pin: "0-1" }', 'vcpus: { count: 2, pin: ["0", "1"] }'],
  cpu: ['', 'cpu: { features: { avx2: false } }'],
  'cpu.template': ['cpu: { template: x86-64-v2 }', 'cpu: { template: x86-64-v3 }'],
  'cpu.features': ['cpu: { features: { avx2: true } }', 'cpu: { features: { avx2: false } }'],
  memory: ['memory: 128MiB', 'memory: 256MiB'],
  hugePages: ['', 'hugePages: transparent'],
  resources: ['', 'resources: { cpu: 1 }'],
  'resources.cpu': ['resources: { cpu: 1 }', 'resources: { cpu: 1.5 }'],
  'resources.cpuWeight': ['resources: { cpuWeight: 50 }', 'resources: { cpuWeight: 60 }'],
  'resources.memoryOverhead': ['resources: { memoryOverhead: 32MiB }', 'resources: { memoryOverhead: 64MiB }'],
  'resources.ioWeight': ['resources: { cpu: 1 }', 'resources: { cpu: 1, ioWeight: 50 }'],
  'resources.pids': ['resources: { pids: 64 }', 'resources: { pids: 128 }'],
  numa: ['memory: 128MiB', 'numa: [{ vcpus: "0", memory: 128MiB }]'],
  'numa[].vcpus': nodes({ vcpus: ['"0"', '"1"'] }, { vcpus: ['"1"', '"0"'] }),
  'numa[].memory': nodes({ memory: ['64MiB', '64MiB'] }, { memory: ['32MiB', '96MiB'] }),
  'numa[].distances': nodes({ distances: ['[10, 20]', '[20, 10]'] }, { distances: ['[10, 30]', '[30, 10]'] }),
  firmware: ['', 'firmware: { mptable: false }'],
  'firmware.mptable': ['firmware: { mptable: true }', 'firmware: { mptable: false }'],
  'firmware.acpi': ['firmware: { acpi: true }', 'firmware: { acpi: false }'],
  console: ['', 'console: { device: none }'],
  'console.device': ['console: { device: uart }', 'console: { device: virtio }'],
  'console.maxSize': ['console: { maxSize: 1MiB }', 'console: { maxSize: 2MiB }'],
  disks: ['', 'disks: [{ name: root, path: ./a.img }]'],
  'disks[].name': disk('name: other, path: ./a.img', 'name: root, path: ./a.img'),
  'disks[].path': disk('name: root, path: ./a.img', 'name: root, path: ./b.img'),
  'disks[].from': disk('name: root, path: ./a.img', 'name: root, from: { directory: ./a }, size: 8MiB, readOnly: true'),
  'disks[].from.directory': madeDisk('directory: ./a', 'directory: ./b'),
  'disks[].from.ociLayout': madeDisk('ociLayout: ./a', 'ociLayout: ./b'),
  'disks[].from.dockerArchive': madeDisk('dockerArchive: ./a', 'dockerArchive: ./b'),
  'disks[].from.ref': madeDisk('ociLayout: ./a', 'ociLayout: ./a, ref: b'),
  'disks[].size': disk(
    'name: root, from: { directory: ./a }, size: 8MiB, readOnly: true',
    'name: root, from: { directory: ./a }, size: 9MiB, readOnly: true',
  ),
  'disks[].readOnly': disk('name: root, path: ./a.img', 'name: root, path: ./a.img, readOnly: true'),
  'disks[].overlay': disk('name: root, path: ./a.img', 'name: root, path: ./a.img, overlay: ./o'),
  'disks[].cache': disk('name: root, path: ./a.img', 'name: root, path: ./a.img, cache: unsafe'),
  'disks[].serial': disk('name: root, path: ./a.img', 'name: root, path: ./a.img, serial: A7B'),
  'disks[].queues': disk('name: root, path: ./a.img', 'name: root, path: ./a.img, queues: 2'),
  'disks[].discard': disk('name: root, path: ./a.img', 'name: root, path: ./a.img, discard: false'),
  'disks[].rateLimit': diskLimit('', 'bandwidth: 1MiB/s'),
  'disks[].rateLimit.bandwidth': diskLimit('bandwidth: 1MiB/s', 'bandwidth: 2MiB/s'),
  'disks[].rateLimit.bandwidth.rate': diskLimit(
    'bandwidth: { rate: 1MiB/s, burst: 9MiB }',
    'bandwidth: { rate: 2MiB/s, burst: 9MiB }',
  ),
  'disks[].rateLimit.bandwidth.burst': diskLimit(
    'bandwidth: { rate: 1MiB/s, burst: 8MiB }',
    'bandwidth: { rate: 1MiB/s, burst: 9MiB }',
  ),
  'disks[].rateLimit.ops': diskLimit('bandwidth: 1MiB/s, ops: 100', 'bandwidth: 1MiB/s'),
  'disks[].rateLimit.ops.rate': diskLimit('ops: { rate: 100, burst: 900 }', 'ops: { rate: 200, burst: 900 }'),
  'disks[].rateLimit.ops.burst': diskLimit('ops: { rate: 100, burst: 800 }', 'ops: { rate: 100, burst: 900 }'),
  rng: ['rng: true', 'rng: false'],
  'rng.rateLimit': ['rng: true', 'rng: { rateLimit: { bandwidth: 1MiB/s } }'],
  'rng.rateLimit.bandwidth': rngLimit('1MiB/s', '2MiB/s'),
  'rng.rateLimit.bandwidth.rate': rngLimit('{ rate: 1MiB/s, burst: 9MiB }', '{ rate: 2MiB/s, burst: 9MiB }'),
  'rng.rateLimit.bandwidth.burst': rngLimit('{ rate: 1MiB/s, burst: 8MiB }', '{ rate: 1MiB/s, burst: 9MiB }'),
  networks: ['', 'networks: [{ user: true }]'],
  'networks[].name': network('name: lan, user: true', 'name: wan, user: true'),
  'networks[].user': network('tap: tap0', 'user: true'),
  'networks[].user.ports': network('user: { ports: ["8080:80"] }', 'user: { ports: ["8081:80"] }'),
  'networks[].tap': network('tap: tap0', 'tap: tap1'),
  'networks[].bridge': network('bridge: br0', 'bridge: br1'),
  'networks[].network': network('network: back', 'network: front'),
  'networks[].mac': network('user: true, mac: "52:54:00:12:34:56"', 'user: true, mac: "52:54:00:12:34:57"'),
  'networks[].mtu': network('tap: tap0', 'tap: tap0, mtu: 9000'),
  'networks[].queues': network('bridge: br0', 'bridge: br0, queues: 2'),
  'networks[].preventSpoofing': network('tap: tap0', 'tap: tap0, preventSpoofing: false'),
  'networks[].vhost': network('tap: tap0, preventSpoofing: false', 'tap: tap0, preventSpoofing: false, vhost: true'),
  'networks[].rateLimit': network('user: true', 'user: true, rateLimit: { receive: 1MiB/s }'),
  'networks[].rateLimit.receive': networkLimit('receive: 1MiB/s', 'receive: 2MiB/s'),
  'networks[].rateLimit.receive.rate': networkLimit(
    'receive: { rate: 1MiB/s, burst: 9MiB }',
    'receive: { rate: 2MiB/s, burst: 9MiB }',
  ),
  'networks[].rateLimit.receive.burst': networkLimit(
    'receive: { rate: 1MiB/s, burst: 8MiB }',
    'receive: { rate: 1MiB/s, burst: 9MiB }',
  ),
  'networks[].rateLimit.transmit': networkLimit('transmit: 1MiB/s', 'transmit: 2MiB/s'),
  'networks[].rateLimit.transmit.rate': networkLimit(
    'transmit: { rate: 1MiB/s, burst: 9MiB }',
    'transmit: { rate: 2MiB/s, burst: 9MiB }',
  ),
  'networks[].rateLimit.transmit.burst': networkLimit(
    'transmit: { rate: 1MiB/s, burst: 8MiB }',
    'transmit: { rate: 1MiB/s, burst: 9MiB }',
  ),
  vsock: ['', 'vsock: true'],
  'vsock.cid': ['vsock: { cid: 7 }', 'vsock: { cid: 8 }'],
  'vsock.path': ['vsock: { cid: 7, path: ./a }', 'vsock: { cid: 7, path: ./b }'],
  provision: ['', 'provision: {}'],
  'provision.hostname': ['provision: {}', 'provision: { hostname: other }'],
  'provision.sshKeys': ['provision: { sshKeys: [a] }', 'provision: { sshKeys: [a, b] }'],
  'provision.sshKeys[].env': ['provision: { sshKeys: [{ env: A }] }', 'provision: { sshKeys: [{ env: B }] }'],
  'provision.userData': ['provision: { userData: { runcmd: [a] } }', 'provision: { userData: { runcmd: [b] } }'],
  balloon: ['', 'balloon: true'],
  'balloon.target': ['balloon: true', 'balloon: { target: 64MiB }'],
  'balloon.freePageReporting': ['balloon: true', 'balloon: { freePageReporting: false }'],
  'balloon.deflateOnOom': ['balloon: true', 'balloon: { deflateOnOom: false }'],
  'balloon.statsInterval': ['balloon: true', 'balloon: { statsInterval: 10s }'],
  shares: ['', 'shares: [{ tag: src, directory: ./src }]'],
  'shares[].tag': share('tag: src, directory: ./src', 'tag: www, directory: ./src'),
  'shares[].directory': share('tag: src, directory: ./src', 'tag: src, directory: ./www'),
  'shares[].readOnly': share('tag: src, directory: ./src', 'tag: src, directory: ./src, readOnly: true'),
  'shares[].cache': share('tag: src, directory: ./src', 'tag: src, directory: ./src, cache: none'),
  restart: ['restart: never', 'restart: always'],
  readiness: ['', 'readiness: { console: login }'],
  'readiness.console': ['readiness: { console: login }', 'readiness: { console: ready }'],
  'readiness.vsock': ['vsock: true\nreadiness: { vsock: 1 }', 'vsock: true\nreadiness: { vsock: 2 }'],
  'readiness.tcp': [
    'networks: [{ user: { ports: ["1:1", "2:2"] } }]\nreadiness: { tcp: 1 }',
    'networks: [{ user: { ports: ["1:1", "2:2"] } }]\nreadiness: { tcp: 2 }',
  ],
  'readiness.timeout': ['readiness: { console: login, timeout: 1s }', 'readiness: { console: login, timeout: 2s }'],
  sandbox: ['sandbox: best-effort', 'sandbox: strict'],
  dependsOn: ['', 'dependsOn: [db]'],
  stopTimeout: ['stopTimeout: 30s', 'stopTimeout: 1m'],
}

type Pair = readonly [string, string]
type Columns = Partial<Record<'vcpus' | 'memory' | 'distances', readonly [string, string]>>

function nodes(...columns: [Columns, Columns]): Pair {
  const node = (changes: Columns, index: 0 | 1): string => {
    const all: Columns = { vcpus: ['"0"', '"1"'], memory: ['64MiB', '64MiB'], ...changes }
    return `{ ${Object.entries(all).map(([field, values]) => `${field}: ${values[index]}`).join(', ')} }` // prettier-ignore
  }
  const [before, after] = columns.map((changes) => `vcpus: 2\nnuma: [${node(changes, 0)}, ${node(changes, 1)}]`)
  return [before ?? '', after ?? '']
}

function disk(before: string, after: string): Pair {
  return [`disks: [{ ${before} }]`, `disks: [{ ${after} }]`]
}

function madeDisk(before: string, after: string): Pair {
  const made = (from: string) => `name: root, from: { ${from} }, size: 8MiB, readOnly: true`
  return disk(made(before), made(after))
}
function diskLimit(before: string, after: string): Pair {
  return disk(...limited('name: root, path: ./a.img', before, after))
}

function network(before: string, after: string): Pair {
  return [`networks: [{ ${before} }]`, `networks: [{ ${after} }]`]
}

function networkLimit(before: string, after: string): Pair {
  return network(...limited('user: true', before, after))
}

function rngLimit(before: string, after: string): Pair {
  return [`rng: { rateLimit: { bandwidth: ${before} } }`, `rng: { rateLimit: { bandwidth: ${after} } }`]
}

function share(before: string, after: string): Pair {
  return [`shares: [{ ${before} }]`, `shares: [{ ${after} }]`]
}

function limited(device: string, before: string, after: string): [string, string] {
  const limit = (text: string): string => (text === '' ? device : `${device}, rateLimit: { ${text} }`)
  return [limit(before), limit(after)]
}
