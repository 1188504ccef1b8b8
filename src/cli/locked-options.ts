// The options --locked and --no-locked of commands that read manifests.
import type { Command } from 'commander'

export interface LockedOptions {
  /** Absent where neither --locked nor --no-locked was given. */
  locked?: boolean
}

/** Adds --locked and --no-locked. */
export function withLocked(command: Command): Command {
  return command
    .option('--locked', 'refuse what differs from volt.lock, with exit code 5 (the default where CI=true)')
    .option('--no-locked', 'do not look at volt.lock')
}
