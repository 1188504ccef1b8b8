// How the process of a machine is kept: what a guest never sees, and so no part of its plan or of the plan's digest.
import type { HugePages, ReadinessSpec, VmSpec } from '../manifest/spec.ts'

/** How a machine's process is kept. Times are in milliseconds, sizes in bytes. */
export interface Life {
  restart: VmSpec['restart']
  sandbox: VmSpec['sandbox']
  /** How large the log of the console becomes. */
  consoleLogBytes: number
  /** Of tcp with the host's address in figures. */
  readiness?: ReadinessSpec & { address?: string }
  stopTimeoutMs: number
  /** Processors of the host for all vCPUs, or for each. */
  pin?: string[]
  hugePages?: HugePages
  /** Of the machine's process; absent where there is none. */
  limits?: Limits
}

/** In the units of cgroup v2 (Documentation/admin-guide/cgroup-v2.rst), but for `cpu`: processors' worth of time. */
export interface Limits {
  cpu?: number
  cpuWeight?: number
  memoryMaxBytes?: number
  ioWeight?: number
  pids?: number
}

/** Of a plan that says nothing: the manifest's defaults. */
export const DEFAULT_LIFE: Life = {
  restart: 'never',
  sandbox: 'best-effort',
  consoleLogBytes: 16 * 1024 ** 2,
  stopTimeoutMs: 30_000,
}

const DAY_MS = 86_400_000
const CPU_LIST = '^[0-9]{1,4}(-[0-9]{1,4})?(,[0-9]{1,4}(-[0-9]{1,4})?)*$'
const weight = { type: 'integer', minimum: 1, maximum: 10000 }
const timeout = { type: 'integer', minimum: 0, maximum: DAY_MS }

/** JSON Schema (draft-07) of it in a saved plan. */
export const lifeSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['restart', 'sandbox', 'consoleLogBytes', 'stopTimeoutMs'],
  properties: {
    restart: { enum: ['never', 'on-failure', 'always'] },
    sandbox: { enum: ['strict', 'best-effort', 'off'] },
    consoleLogBytes: { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
    readiness: {
      type: 'object',
      additionalProperties: false,
      required: ['timeoutMs'],
      properties: {
        console: { type: 'string', minLength: 1, maxLength: 1024 },
        vsock: { type: 'integer', minimum: 1, maximum: 4294967294 },
        tcp: { type: 'integer', minimum: 1, maximum: 65535 },
        address: { type: 'string', maxLength: 64 },
        timeoutMs: timeout,
      },
      oneOf: [{ required: ['console'] }, { required: ['vsock'] }, { required: ['tcp', 'address'] }],
    },
    stopTimeoutMs: timeout,
    pin: { type: 'array', minItems: 1, maxItems: 4096, items: { type: 'string', pattern: CPU_LIST, maxLength: 4096 } },
    hugePages: { enum: ['transparent', '2MiB', '1GiB'] },
    limits: {
      type: 'object',
      additionalProperties: false,
      properties: {
        cpu: { type: 'number', minimum: 0.01, maximum: 4096 },
        cpuWeight: weight,
        memoryMaxBytes: { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
        ioWeight: weight,
        pids: { type: 'integer', minimum: 1, maximum: 4194304 },
      },
    },
  },
}
