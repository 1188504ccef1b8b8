// The part of Nomad's JSON job specification that an export writes (developer.hashicorp.com/nomad/api-docs/json-jobs), with
// the options of its raw_exec and docker drivers. Times are nanoseconds.

export interface JobFile {
  Job: Job
}

export interface Job {
  ID: string
  Name: string
  Namespace?: string
  Type: JobType
  Datacenters: string[]
  Constraints: Constraint[]
  TaskGroups: TaskGroup[]
  Meta: Record<string, string>
}

export const JOB_TYPES = ['service', 'batch', 'system'] as const
export type JobType = (typeof JOB_TYPES)[number]

export interface Constraint {
  LTarget: string
  RTarget: string
  Operand: '='
}

export interface TaskGroup {
  Name: string
  Count?: number
  RestartPolicy: RestartPolicy
  ReschedulePolicy?: { Attempts: number; Unlimited: boolean }
  Networks?: Network[]
  Services?: Service[]
  Tasks: Task[]
}

export interface RestartPolicy {
  Attempts: number
  Interval: number
  Delay: number
  Mode: 'fail'
}

export interface Network {
  ReservedPorts: { Label: string; Value: number; To?: number }[]
}

export interface Service {
  Name: string
  TaskName: string
  /** Checks of the type `script` are Consul's alone. */
  Provider: 'consul'
  Checks: Check[]
}

export interface Check {
  Name: string
  Type: 'script'
  TaskName: string
  Command: string
  Args: string[]
  Interval: number
  Timeout: number
}

export interface Task {
  Name: string
  Driver: Driver
  User?: string
  Config: RawExecConfig | DockerConfig
  Env: Record<string, string>
  Templates: Template[]
  Resources: { Cores: number; MemoryMB: number }
  KillSignal: 'SIGTERM'
  KillTimeout: number
}

export const DRIVERS = ['raw_exec', 'docker'] as const
export type Driver = (typeof DRIVERS)[number]

export interface RawExecConfig {
  command: string
  args: string[]
}

export interface DockerConfig {
  image: string
  args: string[]
  ports?: string[]
  devices: { host_path: string; container_path: string; cgroup_permissions: string }[]
  volumes?: string[]
  cap_drop: string[]
  security_opt: string[]
  group_add?: string[]
  readonly_rootfs: boolean
  sysctl?: Record<string, string>[]
}

export interface Template {
  EmbeddedTmpl: string
  DestPath: string
  ChangeMode: 'restart'
  LeftDelim: string
  RightDelim: string
}
