// Errors of the addon and of volt-vmm become VoltErrors with a code of the closed set.
import { VoltError, type VoltErrorCode } from '../volt-error.ts'
import type { FailedEvent, NativeError } from './native-addon.ts'

const nativeCodes: readonly VoltErrorCode[] = [
  'KVM_MISSING',
  'KVM_PERMISSION',
  'KVM_VERSION',
  'KVM_CAPABILITY',
  'PLAN_INVALID',
  'HOST_ERROR',
]

/** Keeps code, errno and hint; a code that the contract does not name is a HOST_ERROR. */
export function fromNative(error: NativeError | FailedEvent): VoltError {
  const code = nativeCodes.find((known) => known === error.code) ?? 'HOST_ERROR'
  return new VoltError(code, error.message, {
    ...(error.hint !== undefined && { hint: error.hint }),
    ...(error.errno !== undefined && { errno: error.errno }),
    ...(error instanceof Error && { cause: error }),
  })
}

/** Runs a call into the addon; what it throws comes out as a VoltError. */
export function callNative<T>(call: () => T): T {
  try {
    return call()
  } catch (error) {
    if (error instanceof Error && 'code' in error) throw fromNative(error as NativeError)
    throw error
  }
}
