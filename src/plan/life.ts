// How the process of a machine is kept: what a guest never sees, and so no part of its plan or of the plan's digest.
import type { ReadinessSpec, VmSpec } from '../manifest/spec.ts'

export interface Life {
  restart: VmSpec['restart']
  sandbox: VmSpec['sandbox']
  /** How large the log of the console becomes. */
  consoleLogBytes: number
  /** Of tcp with the host's address in figures. */
  readiness?: ReadinessSpec & { address?: string }
  stopTimeoutMs: number
}

/** Of a plan that says nothing: the manifest's defaults. */
export const DEFAULT_LIFE: Life = {
  restart: 'never',
  sandbox: 'best-effort',
  consoleLogBytes: 16 * 1024 ** 2,
  stopTimeoutMs: 30_000,
}

const DAY_MS = 86_400_000
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
  },
}
