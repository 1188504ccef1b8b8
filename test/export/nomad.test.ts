// Jobs of Nomad. Their shape is src/export/nomad/job-spec.ts, which the compiler holds them to.
import * as assert from 'uvu/assert'
import { nomadExport, type NomadOptions } from '../../src/export/nomad/job.ts'
import type { DockerConfig, Task, TaskGroup } from '../../src/export/nomad/job-spec.ts'
import type { ExportedMachine } from '../../src/export/exported-machine.ts'
import { parsePlanFile } from '../../src/plan/plan-file.ts'
import { suite } from '../suite.ts'
import { exported, HEAD } from './support.ts'

const test = suite('export to Nomad')
const options: NomadOptions = { driver: 'raw_exec', type: 'service', datacenters: ['dc1'], volt: '/opt/volt' }
const docker: NomadOptions = { ...options, driver: 'docker', image: 'example/volt:1' }

function groupOf(machine: ExportedMachine, with_: NomadOptions = options): TaskGroup & { only: Task } {
  const [group] = nomadExport(machine, with_).job.Job.TaskGroups
  const [only] = group?.Tasks ?? []
  assert.ok(group && only)
  return { ...group, only }
}

const fieldsOf = (machine: ExportedMachine, with_: NomadOptions = options): string[] =>
  nomadExport(machine, with_)
    .notes.filter(({ isUnsupported }) => isUnsupported)
    .map(({ field }) => field)

test('a node runs volt with the plan of the job, which is the same machine', async () => {
  const machine = await exported(`${HEAD}vcpus: 2\nrestart: always\n`)
  const { only, RestartPolicy } = groupOf(machine)
  assert.is(only.Driver, 'raw_exec')
  assert.equal(only.Config, {
    command: '/opt/volt',
    args: ['apply', '--yes', '--foreground', '--project', 'lab', '${NOMAD_TASK_DIR}/plan.json'],
  })
  assert.equal(only.Resources, { Cores: 2, MemoryMB: 323 })
  assert.is(only.KillSignal, 'SIGTERM')
  assert.is(only.KillTimeout, 45_000_000_000)
  assert.is(RestartPolicy.Attempts, 2)
  const [template] = only.Templates
  assert.is(parsePlanFile(template?.EmbeddedTmpl ?? '').digest, machine.vm.digest)
  for (const mark of [template?.LeftDelim ?? '', template?.RightDelim ?? '']) {
    assert.is(template?.EmbeddedTmpl.includes(mark), false)
  }
})

test('a container has the device and no privilege; what needs namespaces has no profile', async () => {
  const { only } = groupOf(await exported(HEAD), docker)
  const { devices, cap_drop, security_opt, readonly_rootfs, ports } = only.Config as DockerConfig
  assert.equal(devices, [{ host_path: '/dev/kvm', container_path: '/dev/kvm', cgroup_permissions: 'rw' }])
  assert.equal([cap_drop, security_opt, readonly_rootfs, ports], [['ALL'], ['no-new-privileges'], true, undefined])
  assert.is(only.User, '64086:64086')
  const net = await exported(`${HEAD}networks: [{ user: { ports: ["80:80", "80:80/udp"] } }]\n`)
  const config = groupOf(net, { ...docker, kvmGroup: 104 }).only.Config as DockerConfig
  assert.equal(config.security_opt, ['no-new-privileges', 'seccomp=unconfined', 'apparmor=unconfined'])
  assert.equal(config.group_add, ['104'])
  assert.equal(config.ports, ['port-80'])
  assert.equal(groupOf(net, docker).Networks, [{ ReservedPorts: [{ Label: 'port-80', Value: 80, To: 80 }] }])
  assert.equal(groupOf(net).Networks, [{ ReservedPorts: [{ Label: 'port-80', Value: 80 }] }])
})

test('readiness is a check of a service, and a machine without has none', async () => {
  const group = groupOf(await exported(`${HEAD}readiness: { console: ok }\n`))
  const [check] = group.Services?.[0]?.Checks ?? []
  assert.is(check?.Command, '/opt/volt')
  assert.equal(check?.Args.slice(0, 3), ['wait', '--for', 'ready'])
  assert.is(groupOf(await exported(HEAD)).Services, undefined)
})

test('never is no attempt, and what a service or an allocation does not have is named', async () => {
  const plain = await exported(HEAD)
  assert.is(groupOf(plain).RestartPolicy.Attempts, 0)
  assert.equal(fieldsOf(plain), ['restart'])
  assert.equal(fieldsOf(plain, { ...options, type: 'batch' }), [])
  const disk = await exported(`${HEAD}restart: always\ndisks: [{ name: root, path: ./disk.img, overlay: true }]\n`)
  assert.equal(fieldsOf(disk), ['disks.overlay'])
  assert.equal(fieldsOf(disk, docker), ['disks.root.overlay'])
})

test.run()
