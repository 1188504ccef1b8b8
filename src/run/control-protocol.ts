// What volt-vmm says by its control socket; addon/vmm/control_request.h has what it may be asked.
import type { RateSpec } from '../manifest/spec.ts'

export type ControlRequest =
  | { request: 'inspect' | PauseVerb }
  /** Bytes that the guest is to keep. */
  | { request: 'balloon'; target: number }
  /** By the id of a device; null is no limit, what is not named stays. */
  | { request: 'rate'; device: string; limits: Partial<Record<LimitName, RateSpec | null>> }
  /** Of the terminal behind a virtio console, in characters. */
  | { request: 'resize'; columns: number; rows: number }

/** Either may find it done already. */
export type PauseVerb = 'pause' | 'resume'

/** Of disks and the entropy device, of disks, and of networks. */
export type LimitName = 'bandwidth' | 'ops' | 'receive' | 'transmit'

export interface Inspection {
  state: string
  /** Since the guest was last started, in milliseconds. */
  uptimeMs: number
  vcpus: number
  memoryBytes: number
  devices: InspectedDevice[]
}

export interface InspectedDevice {
  id: string
  type: string
  counters: Record<string, number>
  balloon?: InspectedBalloon
  /** Of a virtio console; 0 by 0 where its size is not known. */
  console?: { columns: number; rows: number }
}

export interface InspectedBalloon {
  /** What the guest is asked to keep, and what it keeps. */
  targetBytes: number
  actualBytes: number
  /** Given back to the host since the machine was started. */
  inflatedBytes: number
  reportedBytes: number
  /** What the guest says of its memory: bytes, and counts of faults and swapped pages. */
  statistics: Record<string, number>
}

export interface ControlRefusal {
  ok: false
  code: 'REQUEST_INVALID' | 'NOT_RUNNING' | 'NO_SUCH_DEVICE' | 'NO_SUCH_LIMIT'
  message: string
}
