// The one error type of the library: everything that is not a manifest diagnostic. src/cli/ turns its code into an exit code.

/** What went wrong, as programs tell it apart. docs/diagnostics.md has what each means and what `volt` ends with. */
export type VoltErrorCode =
  | 'USAGE'
  | 'FILE_UNREADABLE'
  | 'FILE_UNWRITABLE'
  | 'KERNEL_INVALID'
  | 'CONTENT_INVALID'
  | 'PLAN_INVALID'
  | 'KVM_MISSING'
  | 'KVM_PERMISSION'
  | 'KVM_VERSION'
  | 'KVM_CAPABILITY'
  | 'HOST_ERROR'
  | 'NOT_BUILT'
  | 'DISK_INVALID'
  | 'DISK_LOCKED'
  | 'CID_TAKEN'
  | 'STATE_INVALID'
  | 'STATE_LOCKED'
  | 'STATE_UNREADABLE'
  | 'STATE_UNWRITABLE'
  | 'PLAN_STALE'
  | 'LOCK_MISMATCH'
  | 'PROJECT_MISMATCH'
  | 'NO_SUCH_VM'
  | 'NO_SUCH_KERNEL'
  | 'KERNEL_EXISTS'
  | 'PULL_FAILED'
  | 'NOT_RUNNING'
  | 'NOT_READY'
  | 'WAIT_TIMEOUT'
  | 'NO_SUCH_DEVICE'
  | 'START_FAILED'
  | 'DEPENDENCY_FAILED'
  | 'PARTLY_FAILED'
  | 'DECLINED'
  | 'EXPORT_UNSUPPORTED'
  | 'NO_AGENT'
  | 'AGENT_INVALID'
  | 'NO_SUCH_COMMAND'
  | 'NOT_EXECUTABLE'

/** What an error says beside its message. */
export interface VoltErrorOptions {
  /** What the user can do about it, one sentence. */
  hint?: string
  /** Number of the host's error, where there is one. */
  errno?: number
  cause?: unknown
}

/** Everything that is wrong but manifests: usage, files, the host, the state of machines. Its message is a sentence for people. */
export class VoltError extends Error {
  override readonly name = 'VoltError'
  readonly code: VoltErrorCode
  readonly hint: string | undefined
  readonly errno: number | undefined

  constructor(code: VoltErrorCode, message: string, options: VoltErrorOptions = {}) {
    super(message, { cause: options.cause })
    this.code = code
    this.hint = options.hint
    this.errno = options.errno
  }
}
