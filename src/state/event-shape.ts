// What an event must have before anything is done by it: a machine whose guest broke out may have written it.
import type { StopReason, VmEvent } from '../host/native-addon.ts'

/** A mapped type, so that a reason that is new is not forgotten. */
const STOP_REASONS: Record<StopReason, true> = {
  poweroff: true,
  reset: true,
  stopped: true,
  panic: true,
  'triple-fault': true,
  'internal-error': true,
  'fail-entry': true,
  'host-error': true,
  killed: true,
}
const HIGHEST_EXIT_CODE = 255

type Check = (value: unknown) => boolean

const text: Check = (value) => typeof value === 'string'
const count: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value)
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check)
const object =
  (fields: Record<string, Check>): Check =>
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(fields).every(([name, check]) => check((value as Record<string, unknown>)[name]))

/** What is used of each kind; others, of newer versions too, need their kind only. */
const SHAPES: Partial<Record<string, Check>> = {
  started: object({ pid: count, vcpus: count }),
  failed: object({ code: text, errno: optional(count), message: text, hint: optional(text) }),
  'console-dropped': object({ bytes: count }),
  stopped: object({
    reason: (value) => text(value) && Object.hasOwn(STOP_REASONS, value as string),
    message: text,
    exitCode: (value) => count(value) && (value as number) <= HIGHEST_EXIT_CODE,
  }),
  'not-ready': object({ timeoutMs: count, console: text }),
  sandbox: object({
    mode: text,
    jail: listOf(text),
    layers: listOf(text),
    landlockAbi: optional(count),
    seccompSyscalls: optional(object({ main: count, device: count, vcpu: count })),
    missing: listOf(object({ layer: text, reason: text })),
  }),
  'device-fault': object({ device: text, message: text }),
  'backend-down': object({ device: text, message: text }),
  'link-down': object({ device: text, message: text }),
}

/** The value as an event; undefined where it is none. */
export function soundEvent(value: unknown): VmEvent | undefined {
  const isEvent = object({ formatVersion: (version) => version === 1, event: text, time: optional(text) })
  if (!isEvent(value)) return undefined
  const { event } = value as VmEvent
  const shape = Object.hasOwn(SHAPES, event) ? SHAPES[event] : undefined
  return shape === undefined || shape(value) ? (value as VmEvent) : undefined
}
