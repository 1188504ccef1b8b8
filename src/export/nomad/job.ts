// A Nomad job that runs a machine: by Volt on the node (raw_exec), or in a container (docker).
import { planFileText, type RunnableVm } from '../../run/runnable-vm.ts'
import { ownOverlays } from '../../run/own-overlays.ts'
import { DEFAULT_LIFE } from '../../plan/life.ts'
import { containerNotes } from '../container-notes.ts'
import { containerSources, hostPaths, imageFiles } from '../container-paths.ts'
import { forwardedPorts } from '../container-network.ts'
import {
  exportName,
  remark,
  unsupported,
  type ExportedMachine,
  type ExportNote,
  seedNotes,
} from '../exported-machine.ts'
import { footprintOf } from '../footprint.ts'
import { stopSeconds } from '../stop-time.ts'
import { dockerConfig, dockerNotes, dockerUser } from './docker-config.ts'
import type { Driver, JobFile, JobType, RestartPolicy, Service, TaskGroup, Template } from './job-spec.ts'

export interface NomadOptions {
  driver: Driver
  type: JobType
  datacenters: readonly string[]
  namespace?: string
  /** Of the driver docker. */
  image?: string
  /** Group that may open /dev/kvm on the nodes, where not everybody may; of the driver docker. */
  kvmGroup?: number
  /** The program on the nodes; of the driver raw_exec. */
  volt: string
}

export interface NomadExport {
  job: JobFile
  notes: ExportNote[]
}

const SECOND = 1_000_000_000
const TASK = 'machine'
const CHECK_PERIOD_S = 10
const CHECK_TIMEOUT_S = 5
/** A client's max_kill_timeout, where it is not configured. */
const CLIENT_KILL_TIMEOUT_S = 30
/** Nomad's own for services; a machine that is never to start again has none. */
const RESTARTS: RestartPolicy = { Attempts: 2, Interval: 1800 * SECOND, Delay: 15 * SECOND, Mode: 'fail' }
/** What no plan has in it. */
const [LEFT, RIGHT] = ['\u241f{', '}\u241f']

export function nomadExport(machine: ExportedMachine, options: NomadOptions): NomadExport {
  const name = exportName(machine)
  const job = {
    ID: name,
    Name: name,
    ...(options.namespace !== undefined && { Namespace: options.namespace }),
    Type: options.type,
    Datacenters: [...options.datacenters],
    Constraints: [
      { LTarget: '${attr.cpu.arch}', RTarget: 'amd64', Operand: '=' as const },
      { LTarget: '${attr.kernel.name}', RTarget: 'linux', Operand: '=' as const },
    ],
    TaskGroups: [taskGroup(machine, options)],
    Meta: { 'volt-plan-digest': machine.vm.digest },
  }
  return { job: { Job: job }, notes: notesOf(machine.vm, options) }
}

function taskGroup(machine: ExportedMachine, options: NomadOptions): TaskGroup {
  const { vm } = machine
  const isContainer = options.driver === 'docker'
  const { memoryMib } = footprintOf(vm.plan)
  // A port of both protocols is one to Nomad.
  const ports = [...new Set(forwardedPorts(vm).map(({ hostPort }) => hostPort))].map((port) => ({
    Label: `port-${port}`,
    Value: port,
    ...(isContainer && { To: port }),
  }))
  const hasSign = vm.life?.readiness !== undefined
  return {
    Name: vm.name,
    ...(options.type !== 'system' && { Count: 1 }),
    ...restartOf(vm, options),
    ...(ports.length > 0 && { Networks: [{ ReservedPorts: ports }] }),
    ...(hasSign && { Services: [service(machine, options)] }),
    Tasks: [
      {
        Name: TASK,
        Driver: options.driver,
        ...(isContainer && { User: dockerUser() }),
        Config: isContainer
          ? dockerConfig(vm, { ...options, args: applyWords(machine), ports: ports.map(({ Label }) => Label) })
          : { command: options.volt, args: applyWords(machine) },
        Env: { XDG_STATE_HOME: '${NOMAD_ALLOC_DIR}/data' },
        Templates: [template(vm, isContainer)],
        Resources: { Cores: vm.plan.vcpus.length, MemoryMB: memoryMib },
        KillSignal: 'SIGTERM',
        KillTimeout: stopSeconds(vm) * SECOND,
      },
    ],
  }
}

function applyWords({ project }: ExportedMachine): string[] {
  return ['apply', '--yes', '--foreground', '--project', project, '${NOMAD_TASK_DIR}/plan.json']
}

type Restarts = Pick<TaskGroup, 'RestartPolicy' | 'ReschedulePolicy'>

function restartOf({ life = DEFAULT_LIFE }: RunnableVm, { type }: NomadOptions): Restarts {
  if (life.restart !== 'never') return { RestartPolicy: RESTARTS }
  const none = { RestartPolicy: { ...RESTARTS, Attempts: 0 } }
  return type === 'system' ? none : { ...none, ReschedulePolicy: { Attempts: 0, Unlimited: false } }
}

function service({ project, vm }: ExportedMachine, { driver, volt }: NomadOptions): Service {
  const check = {
    Name: 'ready',
    Type: 'script' as const,
    TaskName: TASK,
    Command: driver === 'docker' ? 'volt' : volt,
    Args: ['wait', '--for', 'ready', '--timeout', '1', '--project', project, vm.name],
    Interval: CHECK_PERIOD_S * SECOND,
    Timeout: CHECK_TIMEOUT_S * SECOND,
  }
  return { Name: exportName({ project, vm }), TaskName: TASK, Provider: 'consul', Checks: [check] }
}

function template(vm: RunnableVm, isContainer: boolean): Template {
  return {
    EmbeddedTmpl: planFileText(isContainer ? { ...vm, sources: containerSources(vm) } : vm),
    DestPath: 'local/plan.json',
    ChangeMode: 'restart',
    LeftDelim: LEFT,
    RightDelim: RIGHT,
  }
}

function notesOf(vm: RunnableVm, { driver, type }: NomadOptions): ExportNote[] {
  const { restart } = vm.life ?? DEFAULT_LIFE
  const stop = stopSeconds(vm)
  const notes = driver === 'docker' ? [...containerNotes(vm, 'an allocation'), ...dockerNotes(vm)] : nodeNotes(vm)
  if (restart === 'never' && type !== 'batch') {
    notes.push(unsupported('restart', `a ${type} job starts it again after a normal end (--type batch)`))
  }
  if (stop > CLIENT_KILL_TIMEOUT_S) {
    notes.push(remark('stopTimeout', `max_kill_timeout of the clients has to be ${stop}s or more`))
  }
  if (vm.life?.readiness !== undefined) notes.push(remark('readiness', 'a script check, which takes Consul'))
  return notes
}

/** Of Volt on the node, where paths are as here. */
function nodeNotes(vm: RunnableVm): ExportNote[] {
  const notes = seedNotes(vm)
  const paths = [...imageFiles(vm), ...hostPaths(vm)].map(({ hostPath }) => hostPath)
  if (paths.length > 0) {
    notes.push(remark('kernel, disks, shares', `each node has ${[...new Set(paths)].join(', ')}`))
  }
  if (ownOverlays(vm).length > 0) {
    notes.push(unsupported('disks.overlay', 'what the guest writes goes with the allocation'))
  }
  if ((vm.spec?.dependsOn ?? []).length > 0) {
    notes.push(unsupported('dependsOn', 'an allocation waits for no other'))
  }
  return notes
}
