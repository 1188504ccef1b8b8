// Objects of Kubernetes, checked by its own API's schemas.
import { DaemonSet } from 'kubernetes-models/apps/v1/DaemonSet'
import { Deployment } from 'kubernetes-models/apps/v1/Deployment'
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap'
import type { IContainer } from 'kubernetes-models/v1/Container'
import { Pod } from 'kubernetes-models/v1/Pod'
import type { IPodSpec } from 'kubernetes-models/v1/PodSpec'
import * as assert from 'uvu/assert'
import { parseAllDocuments } from 'yaml'
import type { ExportedMachine } from '../../src/export/exported-machine.ts'
import { KINDS } from '../../src/export/kubernetes/kinds.ts'
import { kubernetesExport, objectsText, type KubernetesOptions } from '../../src/export/kubernetes/objects.ts'
import { parsePlanFile } from '../../src/plan/plan-file.ts'
import { suite } from '../suite.ts'
import { exported, HEAD } from './support.ts'

const test = suite('export to Kubernetes')
const options: KubernetesOptions = { kind: 'pod', image: 'example/volt:1', deviceResource: 'devices.kubevirt.io/kvm' }
const MODELS = { ConfigMap, DaemonSet, Deployment, Pod }

/** As kubectl would read them; throws what the schemas have against it. */
function checked(text: string): Record<string, unknown>[] {
  return parseAllDocuments(text, { version: '1.1' }).map((document) => {
    const object = document.toJS() as { kind: keyof typeof MODELS }
    new MODELS[object.kind](object as never).validate()
    return object
  })
}

function podOf(machine: ExportedMachine, more: Partial<KubernetesOptions> = {}): IPodSpec & { only: IContainer } {
  const objects = checked(objectsText(kubernetesExport(machine, { ...options, ...more }).objects))
  const { spec } = objects.at(-1) as unknown as { spec: IPodSpec & { template?: { spec: IPodSpec } } }
  const pod = spec.template?.spec ?? spec
  const [only] = pod.containers
  assert.ok(only)
  return { ...pod, only }
}

const fieldsOf = (machine: ExportedMachine, more: Partial<KubernetesOptions> = {}): string[] =>
  kubernetesExport(machine, { ...options, ...more })
    .notes.filter(({ isUnsupported }) => isUnsupported)
    .map(({ field }) => field)

test('limits of a cgroup and huge pages of a pool are not there, a pin is where the Pod has those processors', async () => {
  const machine = await exported(`${HEAD}resources: { cpu: 1 }\nhugePages: 2MiB\nvcpus: { count: 1, pin: '0' }\n`)
  assert.equal(fieldsOf(machine), ['resources', 'hugePages'])
  const fields = kubernetesExport(machine, options).notes.map(({ field }) => field)
  assert.ok(fields.includes('vcpus.pin'))
})

test('objects of every kind are what the API takes', async () => {
  const machine = await exported(`${HEAD}networks: [{ user: { ports: ["80:80"] } }]
readiness: { console: answered }
disks: [{ name: root, path: ./disk.img, overlay: true }]
`)
  for (const kind of KINDS) {
    const text = objectsText(kubernetesExport(machine, { ...options, kind, namespace: 'vms', kvmGroup: 104 }).objects)
    const [plan, workload] = checked(text)
    assert.is(plan?.['kind'], 'ConfigMap')
    assert.is(String(workload?.['kind']).toLowerCase(), kind)
    assert.is(
      text,
      objectsText(kubernetesExport(machine, { ...options, kind, namespace: 'vms', kvmGroup: 104 }).objects),
    )
  }
})

test('the schemas find a field of the wrong type', async () => {
  const text = objectsText(kubernetesExport(await exported(HEAD), options).objects)
  assert.throws(() => checked(text.replace('terminationGracePeriodSeconds: 45', 'terminationGracePeriodSeconds: soon')))
})

test('the plan in the ConfigMap is the same machine, with the paths of the container', async () => {
  const machine = await exported(
    `${HEAD}disks: [{ name: root, path: ./disk.img, readOnly: true }]\nvsock: { path: ./v.sock }\n`,
  )
  const [object] = checked(objectsText(kubernetesExport(machine, options).objects))
  const { digest, sources } = parsePlanFile((object?.['data'] as Record<string, string>)['plan.json'] ?? '')
  assert.is(digest, machine.vm.digest)
  assert.is(sources['kernel'], 'builtin:hello')
  assert.is(sources['disk-root'], '/machine/disk-root')
  assert.is(Object.values(sources).includes('state:vsock.sock'), true)
  const { volumes = [], only } = podOf(machine)
  const disk = volumes.find(({ name }) => name === 'disk-root')
  assert.equal(disk?.hostPath, { path: machine.vm.sources['disk-root'], type: 'File' })
  const mount = only.volumeMounts?.find(({ name }) => name === 'disk-root')
  assert.equal(mount, { name: 'disk-root', mountPath: '/machine/disk-root', readOnly: true })
})

test('another sign of readiness, which no digest covers, is another ConfigMap', async () => {
  const nameOf = async (text: string): Promise<string | undefined> =>
    kubernetesExport(await exported(text), options).objects[0]?.metadata?.name
  assert.is.not(await nameOf(HEAD), await nameOf(`${HEAD}readiness: { console: ok }\n`))
})

test('a Pod asks for the device, its vCPUs and its memory, and has no privilege', async () => {
  const { only, securityContext, ...pod } = podOf(await exported(`${HEAD}vcpus: 3\n`))
  assert.equal(only.resources, {
    requests: { cpu: '3250m', memory: '324Mi' },
    limits: { cpu: '3250m', memory: '324Mi', 'devices.kubevirt.io/kvm': '1' },
  })
  assert.equal(only.securityContext, {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    readOnlyRootFilesystem: true,
  })
  assert.equal(securityContext, {
    runAsNonRoot: true,
    runAsUser: 64086,
    runAsGroup: 64086,
    seccompProfile: { type: 'RuntimeDefault' },
  })
  assert.is(pod.automountServiceAccountToken, false)
  assert.is(pod.hostNetwork, undefined)
  assert.is(pod.hostPID, undefined)
})

test('a machine that makes namespaces has a profile of the nodes, or none, and says so', async () => {
  const strict = await exported(`${HEAD}sandbox: strict\n`)
  assert.equal(podOf(strict).securityContext?.seccompProfile, { type: 'Unconfined' })
  const profiled = podOf(strict, { seccompProfile: 'volt.json' }).securityContext?.seccompProfile
  assert.equal(profiled, { type: 'Localhost', localhostProfile: 'volt.json' })
  const net = await exported(`${HEAD}networks: [{ user: { ports: ["53:53/udp", "8080:80"] } }]\n`)
  const { securityContext, only } = podOf(net)
  assert.equal(securityContext?.appArmorProfile, { type: 'Unconfined' })
  assert.equal(securityContext?.sysctls, [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }])
  assert.equal(only.ports, [{ containerPort: 53, protocol: 'UDP' }, { containerPort: 8080, protocol: 'TCP' }]) // prettier-ignore
  for (const machine of [strict, net]) {
    const [note] = kubernetesExport(machine, options).notes.filter(({ field }) => field === 'sandbox')
    assert.is(note?.isUnsupported, false)
  }
})

test('the time for a stop, the restart policy and readiness are those of the manifest', async () => {
  const text = `${HEAD}stopTimeout: 1500ms\nrestart: on-failure\nreadiness: { console: ok }\n`
  const pod = podOf(await exported(text))
  assert.is(pod.terminationGracePeriodSeconds, 17)
  assert.is(pod.restartPolicy, 'OnFailure')
  assert.equal(pod.only.readinessProbe?.exec?.command?.slice(0, 4), ['volt', 'wait', '--for', 'ready'])
  assert.is(podOf(await exported(HEAD)).only.readinessProbe, undefined)
})

test('a plan that no ConfigMap takes is for the image', async () => {
  const made = kubernetesExport(await exported(`${HEAD}vcpus: 254\n`), options)
  assert.equal(made.objects.map(({ kind }) => kind), ['Pod']) // prettier-ignore
  assert.is(made.planPath, '/machine/plans/volt-lab-web.json')
  assert.is(parsePlanFile(made.plan ?? '').plan.vcpus.length, 254)
  assert.match(objectsText(made.objects), '- /machine/plans/volt-lab-web.json\n')
})

test('what a Pod does not have is named', async () => {
  assert.equal(fieldsOf(await exported(HEAD)), [])
  assert.equal(fieldsOf(await exported(HEAD), { kind: 'daemonset' }), ['restart'])
  const everything = await exported(`${HEAD}disks: [{ name: root, path: ./disk.img, overlay: true }]
networks: [{ name: a, tap: tap0 }, { name: b, network: backend }, { name: c, user: { ports: ["127.0.0.1:80:80"] } }, { name: d, bridge: br0 }]
shares: [{ tag: src, directory: . }]
vsock: { path: ./v.sock }
`)
  assert.equal(fieldsOf(everything), [
    'disks.root.overlay',
    'shares.src',
    'networks.a.tap',
    'networks.b.network',
    'networks.c.user.ports',
    'networks.d.bridge',
    'vsock.path',
  ])
})

test.run()
