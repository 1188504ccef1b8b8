// The objects of a machine: its plan, where that is small, and what keeps its Pod.
import type { IDaemonSet } from 'kubernetes-models/apps/v1/DaemonSet'
import type { IDeployment } from 'kubernetes-models/apps/v1/Deployment'
import type { IConfigMap } from 'kubernetes-models/v1/ConfigMap'
import type { IPod } from 'kubernetes-models/v1/Pod'
import { createHash } from 'node:crypto'
import { stringify } from 'yaml'
import { DEFAULT_LIFE } from '../../plan/life.ts'
import { planFileText } from '../../run/runnable-vm.ts'
import { containerNotes } from '../container-notes.ts'
import { containerSources, PLAN_DIRECTORY } from '../container-paths.ts'
import { exportName, unsupported, type ExportedMachine, type ExportNote } from '../exported-machine.ts'
import type { Kind } from './kinds.ts'
import { podSpec, type PodOptions } from './pod.ts'
import { securityNotes, type SecurityOptions } from './pod-security.ts'

export interface KubernetesOptions extends SecurityOptions {
  kind: Kind
  image: string
  deviceResource: string
  namespace?: string
}

export interface KubernetesExport {
  objects: (IConfigMap | IDeployment | IDaemonSet | IPod)[]
  /** Of a plan that no ConfigMap takes: the image has to have it at `planPath`. */
  plan?: string
  planPath?: string
  notes: ExportNote[]
}

interface Metadata {
  name: string
  namespace?: string
  labels: Record<string, string>
}

/** `kubectl apply` keeps a copy of each object in an annotation, and all of these have 256 KiB. */
const CONFIG_MAP_MAX_BYTES = 192 * 1024
const POLICIES = { never: 'Never', 'on-failure': 'OnFailure', always: 'Always' } as const
const DIGEST_CHARACTERS = 12

export function kubernetesExport(machine: ExportedMachine, options: KubernetesOptions): KubernetesExport {
  const { vm } = machine
  const plan = planFileText({ ...vm, sources: containerSources(vm) })
  const isSmall = Buffer.byteLength(plan) <= CONFIG_MAP_MAX_BYTES
  const name = exportName(machine)
  // Of all of it: the plan's own digest leaves out what a guest does not see.
  const configMap = `${name}-${createHash('sha256').update(plan).digest('hex').slice(0, DIGEST_CHARACTERS)}`
  const planFile = isSmall ? `${PLAN_DIRECTORY}/plan.json` : `/machine/plans/${name}.json`
  const { restart } = vm.life ?? DEFAULT_LIFE
  const pod: PodOptions = {
    ...options,
    restartPolicy: options.kind === 'pod' ? POLICIES[restart] : 'Always',
    ...(isSmall && { configMap }),
    planFile,
  }
  const keptUp = options.kind !== 'pod' && restart !== 'always'
  const notes = [
    ...containerNotes(vm, 'a Pod'),
    ...(keptUp ? [unsupported('restart', `a ${options.kind} starts it again whatever ended it (--kind pod)`)] : []),
    ...securityNotes(vm, options),
  ]
  const plans = isSmall ? [planObject(machine, configMap, plan, options)] : []
  const objects = [...plans, workload(machine, options, pod)]
  return { objects, ...(!isSmall && { plan, planPath: planFile }), notes }
}

/** Documents of YAML 1.1, as kubectl reads them. */
export function objectsText(objects: KubernetesExport['objects']): string {
  return objects.map((object) => stringify(object, { version: '1.1', lineWidth: 0 })).join('---\n')
}

/** Another plan is another ConfigMap, so that a Pod of before finds its own. */
function planObject(machine: ExportedMachine, name: string, plan: string, options: KubernetesOptions): IConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: metadata(machine, options, name),
    immutable: true,
    data: { 'plan.json': plan },
  }
}

function workload(
  machine: ExportedMachine,
  options: KubernetesOptions,
  pod: PodOptions,
): IDeployment | IDaemonSet | IPod {
  const meta = metadata(machine, options, exportName(machine))
  const annotations = { 'volt/plan-digest': machine.vm.digest }
  const spec = podSpec(machine, pod)
  if (options.kind === 'pod') return { apiVersion: 'v1', kind: 'Pod', metadata: { ...meta, annotations }, spec }
  const rest = {
    selector: { matchLabels: labels(machine) },
    template: { metadata: { labels: labels(machine), annotations }, spec },
  }
  if (options.kind === 'daemonset') return { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: meta, spec: rest }
  // One at a time: two of a machine would have the same addresses and disks.
  const strategy = { type: 'Recreate' as const }
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: meta, spec: { replicas: 1, strategy, ...rest } }
}

function metadata(machine: ExportedMachine, { namespace }: KubernetesOptions, name: string): Metadata {
  return { name, ...(namespace !== undefined && { namespace }), labels: labels(machine) }
}

function labels({ project, vm }: ExportedMachine): Record<string, string> {
  return {
    'app.kubernetes.io/name': 'volt',
    'app.kubernetes.io/instance': vm.name,
    'app.kubernetes.io/part-of': project,
  }
}
