// The Pod that a machine runs in.
import type { IContainer } from 'kubernetes-models/v1/Container'
import type { IPodSpec } from 'kubernetes-models/v1/PodSpec'
import type { IProbe } from 'kubernetes-models/v1/Probe'
import type { IVolume } from 'kubernetes-models/v1/Volume'
import { hostPaths, PLAN_DIRECTORY, STATE_HOME, type HostPath } from '../container-paths.ts'
import { forwardedPorts } from '../container-network.ts'
import type { ExportedMachine } from '../exported-machine.ts'
import { footprintOf } from '../footprint.ts'
import { stopSeconds } from '../stop-time.ts'
import { CONTAINER_SECURITY, podSecurity, type SecurityOptions } from './pod-security.ts'

export interface PodOptions extends SecurityOptions {
  image: string
  /** Extended resource by which a device plugin gives /dev/kvm. */
  deviceResource: string
  restartPolicy: 'Always' | 'OnFailure' | 'Never'
  /** Name of the ConfigMap that holds the plan; without it the plan is in the image, at `planFile`. */
  configMap?: string
  /** In the container. */
  planFile: string
}

/** How often a probe asks, and how long it may take: Node starts each time. */
const PROBE_PERIOD_S = 10
const PROBE_TIMEOUT_S = 5
const STATE_VOLUME = 'state'
const PLAN_VOLUME = 'plan'

export function podSpec(machine: ExportedMachine, options: PodOptions): IPodSpec {
  const { vm } = machine
  return {
    restartPolicy: options.restartPolicy,
    terminationGracePeriodSeconds: stopSeconds(vm),
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    nodeSelector: { 'kubernetes.io/arch': 'amd64', 'kubernetes.io/os': 'linux' },
    securityContext: podSecurity(vm, options),
    containers: [container(machine, options)],
    volumes: [
      { name: STATE_VOLUME, emptyDir: {} },
      ...(options.configMap === undefined ? [] : [{ name: PLAN_VOLUME, configMap: { name: options.configMap } }]),
      ...hostPaths(vm).map(hostVolume),
    ],
  }
}

function container(machine: ExportedMachine, options: PodOptions): IContainer {
  const { project, vm } = machine
  const { memoryMib, millicpus } = footprintOf(vm.plan)
  const resources = { cpu: `${millicpus}m`, memory: `${memoryMib}Mi` }
  const ports = forwardedPorts(vm).map(({ hostPort, protocol }) => ({
    containerPort: hostPort,
    protocol: protocol === 'udp' ? ('UDP' as const) : ('TCP' as const),
  }))
  const hasSign = vm.life?.readiness !== undefined
  return {
    name: 'machine',
    image: options.image,
    args: ['apply', '--yes', '--foreground', '--project', project, options.planFile],
    env: [{ name: 'XDG_STATE_HOME', value: STATE_HOME }],
    ...(ports.length > 0 && { ports }),
    // Requests equal limits: a machine's memory is its own (class Guaranteed).
    resources: { requests: resources, limits: { ...resources, [options.deviceResource]: '1' } },
    ...(hasSign && { readinessProbe: readinessProbe(machine) }),
    securityContext: CONTAINER_SECURITY,
    volumeMounts: [
      { name: STATE_VOLUME, mountPath: STATE_HOME },
      ...(options.configMap === undefined ? [] : [{ name: PLAN_VOLUME, mountPath: PLAN_DIRECTORY, readOnly: true }]),
      ...hostPaths(vm).map(({ name, containerPath, readOnly }) => ({ name, mountPath: containerPath, readOnly })),
    ],
  }
}

/** The keeper's finding. A TCP probe would be answered by passt, whoever listens in the guest. */
function readinessProbe({ project, vm }: ExportedMachine): IProbe {
  const command = ['volt', 'wait', '--for', 'ready', '--timeout', '1', '--project', project, vm.name]
  return { exec: { command }, periodSeconds: PROBE_PERIOD_S, timeoutSeconds: PROBE_TIMEOUT_S }
}

function hostVolume({ name, hostPath, isDirectory, isOverlay }: HostPath): IVolume {
  const type = isDirectory ? 'Directory' : isOverlay ? 'FileOrCreate' : 'File'
  return { name, hostPath: { path: hostPath, type } }
}
