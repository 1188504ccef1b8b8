// --locked: what a command works with is what volt.lock says, or the command does not begin.
import { basename, dirname } from 'node:path'
import { STDIN } from '../manifest/load-manifests.ts'
import type { LockedMachine } from '../manifest/lock.gen.ts'
import { readLock } from '../manifest/read-lock.ts'
import { compareMachines, compareSchema, describeDifference, type LockDifference } from '../run/lock/compare-lock.ts'
import { lockMachine } from '../run/lock/lock-machine.ts'
import { lockPath } from '../run/lock/lock-file.ts'
import type { LoadedVm } from '../run/load-vms.ts'
import type { Input } from '../run/open-input.ts'
import type { Context } from './context.ts'
import { LockMismatch } from './lock-mismatch.ts'
import type { LockedOptions } from './locked-options.ts'
import type { Progress } from './progress.ts'
import { hasErrors } from './render/diagnostics.ts'
import { printable } from './render/display-text.ts'
import { InvalidManifests } from './report-error.ts'

/** Throws LockMismatch, or InvalidManifests for a lock that is none. A saved plan has the digests itself. */
export async function requireLocked(
  context: Context,
  progress: Progress,
  input: Input,
  { locked }: LockedOptions,
  only?: string,
): Promise<void> {
  const { file, loaded } = input
  if (!(locked ?? isCi()) || !input.needsHost || file === STDIN) return
  const path = lockPath(dirname(file))
  const machines = loaded.filter(({ document }) => only === undefined || document.spec.name === only)
  await progress.stage(`Compare with ${path}`, () =>
    compareAll(context, { path, file, machines, whole: only === undefined, mustBe: locked === true }),
  )
}

interface Comparison {
  /** Of the lock. */
  path: string
  file: string
  machines: readonly LoadedVm[]
  /** Whether these are all machines of the file. */
  whole: boolean
  /** Whether there must be a lock: by default, where CI=true, there need not. */
  mustBe: boolean
}

async function compareAll(context: Context, { path, file, machines, whole, mustBe }: Comparison): Promise<void> {
  const { lock, text, diagnostics } = await readLock(path)
  if (hasErrors(diagnostics)) throw new InvalidManifests(diagnostics, new Map([[path, text]]))
  if (lock === undefined) {
    const hint = `\`volt lock ${file}\` writes it`
    if (mustBe) throw new LockMismatch(`there is no ${path}`, `${hint}; --no-locked does without`, [])
    return void (context.json || (await context.stderr.line(printable(`there is no ${path}; ${hint}`))))
  }
  const found = await lockAll(machines)
  const differences = [...compareSchema(lock), ...compareMachines(lock, basename(file), found, whole)]
  await requireNone(context, path, differences)
}

/** By name of the machine. */
export async function lockAll(machines: readonly LoadedVm[]): Promise<Map<string, LockedMachine>> {
  const found = new Map<string, LockedMachine>()
  for (const vm of machines) found.set(vm.document.spec.name, await lockMachine(vm))
  return found
}

/** Says each difference; throws where there is one. */
export async function requireNone(
  { stderr, json }: Context,
  path: string,
  differences: readonly LockDifference[],
): Promise<void> {
  if (differences.length === 0) return
  for (const difference of json ? [] : differences) {
    await stderr.line(printable(`${path}: ${describeDifference(difference)}`))
  }
  const count = differences.length === 1 ? 'something is' : `${differences.length} things are`
  throw new LockMismatch(`${count} not as ${path} says`, howToUpdate(differences), differences)
}

function howToUpdate(differences: readonly LockDifference[]): string {
  const updates = [...new Set(differences.filter(({ kind, field }) => kind === 'differs' || field !== undefined).map(({ machine }) => machine))] // prettier-ignore
  const names = updates.filter((machine) => machine !== undefined)
  if (updates.length === 0) return '`volt lock` writes down what is new and forgets what is gone'
  const how = names.length < updates.length ? '--update-all' : names.map((name) => `--update ${name}`).join(' ')
  return `if that is meant, \`volt lock ${how}\` writes it down; else bring back what was locked`
}

function isCi(): boolean {
  return ['true', '1'].includes(process.env['CI'] ?? '')
}
