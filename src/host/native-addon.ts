// The addon's interface, as docs/architecture.md fixes it. Types only: native.ts loads it.
import type { HostFacts } from '../plan/host-facts.gen.ts'

/** What the addon throws or returns; `code` is one of VoltErrorCode. */
export interface NativeError extends Error {
  code: string
  errno?: number
  hint?: string
}

/** Why a machine ended; docs/architecture.md has the table. */
export type StopReason =
  | 'poweroff'
  | 'reset'
  | 'stopped'
  | 'panic'
  | 'triple-fault'
  | 'internal-error'
  | 'fail-entry'
  | 'host-error'
  | 'killed'

interface EventBase {
  formatVersion: 1
  /** RFC 3339, UTC, milliseconds. */
  time: string
}

/** The vCPUs run, in this process. */
export interface StartedEvent extends EventBase {
  event: 'started'
  pid: number
  vcpus: number
}

/** The machine could not be started. */
export interface FailedEvent extends EventBase {
  event: 'failed'
  code: string
  errno?: number
  message: string
  hint?: string
}

/** Output of the guest that nobody took was lost. */
export interface ConsoleDroppedEvent extends EventBase {
  event: 'console-dropped'
  bytes: number
}

/** The machine's process wrote lines that are no events of a machine, or too many: only of a keeper. */
export interface EventsDroppedEvent extends EventBase {
  event: 'events-dropped'
  lines: number
}

/** The machine has ended; nothing follows. */
export interface StoppedEvent extends EventBase {
  event: 'stopped'
  reason: StopReason
  /** A sentence for people, with what to do where something can be done. */
  message: string
  /** What `volt run` ends with. */
  exitCode: number
  suberror?: number
  /** Hexadecimal. */
  rip?: string
  /** Bytes in hexadecimal. */
  instruction?: string
  hardwareReason?: string
  vcpu?: number
  /** Of `killed`: `SIGSYS`. */
  signal?: string
}

/** The machine's process has ended, and is started anew after the delay: only of a keeper, like those that follow. */
export interface RestartingEvent extends EventBase {
  event: 'restarting'
  delayMs: number
}

/** The sign of readiness was seen, since the last boot. */
export interface ReadyEvent extends EventBase {
  event: 'ready'
}

/** It was not seen in time; the guest goes on. */
export interface NotReadyEvent extends EventBase {
  event: 'not-ready'
  timeoutMs: number
  /** The last that the guest wrote. */
  console: string
}

/** The power button was pressed. */
export interface PowerButtonEvent extends EventBase {
  event: 'power-button'
}

/** No vCPU runs any more, by request. */
export interface PausedEvent extends EventBase {
  event: 'paused'
}

/** It was paused, and runs again. */
export interface ResumedEvent extends EventBase {
  event: 'resumed'
}

/** The guest panicked and its crash kernel takes over; at most once a boot. */
export interface CrashLoadedEvent extends EventBase {
  event: 'crash-loaded'
}

/** The layers of the sandbox that volt-vmm runs in; none at all without this event. */
export interface SandboxEvent extends EventBase {
  event: 'sandbox'
  mode: 'strict' | 'best-effort'
  /** Around the process: `user`, `pid`, `mount`, `ipc`, `uts`, `network`, `cgroup`, `root`, `uid`. */
  jail: string[]
  /** Its own: `descriptors`, `no-new-privileges`, `capabilities`, `limits`, `landlock`, `seccomp`. */
  layers: string[]
  landlockAbi?: number
  /** How many system calls pass. */
  seccompSyscalls?: { main: number; device: number; vcpu: number }
  missing: { layer: string; reason: string }[]
}

/** A driver of the guest did something wrong with a device; at most once a second a device. The guest goes on. */
export interface DeviceFaultEvent extends EventBase {
  event: 'device-fault'
  /** Its id in the plan. */
  device: string
  message: string
}

/** Whoever serves a device's queues is lost: a share's virtiofsd, or the kernel's vhost-net. The guest goes on without the device. */
export interface BackendDownEvent extends EventBase {
  event: 'backend-down'
  /** Its id in the plan. */
  device: string
  message: string
}

/** What is behind a network device is gone, such as its passt; the guest goes on without a link. */
export interface LinkDownEvent extends EventBase {
  event: 'link-down'
  /** Its id in the plan. */
  device: string
  message: string
}

/** The guest reset itself and boots again after the delay: only of volt-vmm. */
export interface ResetEvent extends EventBase {
  event: 'reset'
  delayMs: number
}

/** What becomes of a machine, in the order in which it happens. */
export type VmEvent =
  | StartedEvent
  | FailedEvent
  | ConsoleDroppedEvent
  | EventsDroppedEvent
  | PowerButtonEvent
  | PausedEvent
  | ResumedEvent
  | CrashLoadedEvent
  | SandboxEvent
  | DeviceFaultEvent
  | LinkDownEvent
  | BackendDownEvent
  | ResetEvent
  | RestartingEvent
  | ReadyEvent
  | NotReadyEvent
  | StoppedEvent

export interface MachineOptions {
  /** The bare plan's JSON. */
  plan: Uint8Array
  /** An open /dev/kvm; duplicated, the caller keeps its own. */
  kvm: number
  /** Open descriptors by the ids of the plan's `files` and the names of its backends; duplicated. */
  files: Record<string, number>
  /** Processors of the host: `0-3` for all vCPUs, or lists with `/` between them for each. */
  pin?: string
  hugePages?: 'transparent' | '2MiB' | '1GiB'
}

export interface NativeMachine {
  /** Throws NativeError when the machine cannot be made. */
  start(): void
  /** Bytes accepted by the console's input buffer, from 0 to the input's length. */
  write(input: Uint8Array): number
  /**
   * The terminal's size in characters, each from 1 to 65535; whether the guest is told: false without a virtio console,
   * and after close(). Throws TypeError for other sizes.
   */
  resize(columns: number, rows: number): boolean
  /** From any state; a `stopped` event follows. */
  stop(): void
  /** Whether it was pressed: false where nothing runs or the plan has no power device. */
  pressPowerButton(): boolean
  /** The guest stands still when it returns; whether one runs at all. */
  pause(): boolean
  /** The guest goes on; whether one runs at all. */
  resume(): boolean
  /** Stops, joins and releases; idempotent. */
  close(): void
}

/** How the host's KVM runs a guest's kernel mode, and how long the tiny guest took in nanoseconds. */
export interface ExecutionProbe {
  kernelMode: 'native' | 'emulated'
  nanoseconds: number
}

export interface NativeAddon {
  probe(kvmPath?: string): { facts: HostFacts } | { error: NativeError }
  probeExecution(kvmPath?: string): ExecutionProbe | { error: NativeError }
  Machine: new (
    options: MachineOptions,
    onEvent: (event: VmEvent) => void,
    onConsole: (chunk: Buffer) => void,
  ) => NativeMachine
  /** Start time in clock ticks since boot; null when there is no such process. */
  processIdentity(pid: number): { startTime: string } | null
  signalProcess(pid: number, startTime: string, signal: number): 'sent' | 'gone'
  /** True when the process has ended within the time. */
  waitProcess(pid: number, startTime: string, timeoutMs: number): Promise<boolean>
  /**
   * Starts a program in a session of its own and in the root directory; `environment` is of NAME=VALUEs, `descriptors` are
   * ours by the numbers that it gets them at, -1 for /dev/null. Returns its pid.
   */
  spawnProcess(file: string, args: string[], environment: string[], descriptors: number[]): number
  /** How a child of spawnProcess ended, which is then forgotten; null while it runs. */
  reapProcess(pid: number): { status?: number; signal?: number } | null
  /** Two Unix stream sockets, connected, closed on exec; the caller's. */
  socketPair(): [number, number]
  /** flock without blocking; released when the descriptor is closed. */
  tryLock(fd: number, exclusive: boolean): boolean
  /** A Unix stream socket that listens at a path, closed on exec; the caller's. */
  listenUnix(path: string): number
  /** Sends a line to a Unix stream socket and reads to the end; the descriptors that come along are the caller's. */
  requestDescriptors(path: string, request: string): Promise<{ answer: string; descriptors: number[] }>
  /**
   * TUNSETIFF with IFF_TAP, IFF_NO_PI and IFF_VNET_HDR on an open /dev/net/tun; a `name` such as `tap%d` makes an
   * interface. Returns its name.
   */
  attachTap(fd: number, name: string, multiQueue: boolean): string
  /** Puts the interface on a bridge, up, with an MTU from 68 to 65535. */
  plugTap(name: string, bridge: string, mtu: number): void
}
