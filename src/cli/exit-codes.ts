// What volt ends with. The table is in docs/architecture.md.
import { VoltError, type VoltErrorCode } from '../volt-error.ts'

export const EXIT = {
  ok: 0,
  failed: 1,
  changesPending: 2,
  invalid: 3,
  hostUnsupported: 4,
  lockMismatch: 5,
  notInTime: 6,
  staleOrLocked: 7,
  usage: 64,
  /** Of a command in a guest, as shells have them. */
  notExecutable: 126,
  noSuchCommand: 127,
} as const

const byCode: Record<VoltErrorCode, number> = {
  USAGE: EXIT.usage,
  FILE_UNREADABLE: EXIT.invalid,
  FILE_UNWRITABLE: EXIT.failed,
  KERNEL_INVALID: EXIT.invalid,
  CONTENT_INVALID: EXIT.invalid,
  PLAN_INVALID: EXIT.invalid,
  KVM_MISSING: EXIT.hostUnsupported,
  KVM_PERMISSION: EXIT.hostUnsupported,
  KVM_VERSION: EXIT.hostUnsupported,
  KVM_CAPABILITY: EXIT.hostUnsupported,
  HOST_ERROR: EXIT.hostUnsupported,
  NOT_BUILT: EXIT.failed,
  DISK_INVALID: EXIT.invalid,
  DISK_LOCKED: EXIT.staleOrLocked,
  CID_TAKEN: EXIT.staleOrLocked,
  STATE_INVALID: EXIT.staleOrLocked,
  STATE_LOCKED: EXIT.staleOrLocked,
  STATE_UNREADABLE: EXIT.failed,
  STATE_UNWRITABLE: EXIT.failed,
  PLAN_STALE: EXIT.staleOrLocked,
  LOCK_MISMATCH: EXIT.lockMismatch,
  PROJECT_MISMATCH: EXIT.failed,
  NO_SUCH_VM: EXIT.failed,
  NO_SUCH_KERNEL: EXIT.failed,
  KERNEL_EXISTS: EXIT.failed,
  PULL_FAILED: EXIT.failed,
  NOT_RUNNING: EXIT.failed,
  NO_SUCH_DEVICE: EXIT.failed,
  START_FAILED: EXIT.failed,
  DEPENDENCY_FAILED: EXIT.failed,
  PARTLY_FAILED: EXIT.failed,
  DECLINED: EXIT.failed,
  EXPORT_UNSUPPORTED: EXIT.invalid,
  NOT_READY: EXIT.notInTime,
  WAIT_TIMEOUT: EXIT.notInTime,
  NO_AGENT: EXIT.failed,
  AGENT_INVALID: EXIT.failed,
  NOT_EXECUTABLE: EXIT.notExecutable,
  NO_SUCH_COMMAND: EXIT.noSuchCommand,
}

export function exitCodeOf(error: unknown): number {
  return error instanceof VoltError ? byCode[error.code] : EXIT.failed
}

/** 128 + the signal's number, as shells report it. */
export const signalExitCodes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const
