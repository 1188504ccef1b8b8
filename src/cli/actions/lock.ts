// What `volt lock` does.
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Lock } from '../../manifest/lock.gen.ts'
import { readLock } from '../../manifest/read-lock.ts'
import type { FoundMachines } from '../../run/lock/compare-lock.ts'
import { describeDifference } from '../../run/lock/compare-lock.ts'
import { formatLock, lockPath, writeLock } from '../../run/lock/lock-file.ts'
import { updateLock, type LockUpdate } from '../../run/lock/update-lock.ts'
import { VoltError } from '../../volt-error.ts'
import { buildContent } from '../build-content.ts'
import { withInput } from '../compile-input.ts'
import { lockAll, requireNone } from '../content-lock.ts'
import type { Context } from '../context.ts'
import { createProgress, type Progress } from '../progress.ts'
import { hasErrors } from '../render/diagnostics.ts'
import { printable } from '../render/display-text.ts'
import { plural } from '../render/units.ts'
import { InvalidManifests } from '../report-error.ts'
import { variablesOf, type VariableOptions } from '../variable-options.ts'

export interface LockCommandOptions extends VariableOptions {
  update?: string[]
  updateAll?: true
  check?: true
  json?: true
}

export async function lock(context: Context, files: string[], options: LockCommandOptions): Promise<void> {
  if (options.check && (options.update || options.updateAll)) {
    throw new VoltError('USAGE', '--check writes nothing, and --update does')
  }
  if (files.includes('-')) throw new VoltError('USAGE', 'standard input has no volt.lock beside it')
  const directories = new Set(files.length === 0 ? ['.'] : files.map(dirname))
  const progress = createProgress(context, { silent: options.json === true })
  for (const directory of directories) {
    await lockDirectory(context, progress, directory, files.filter((file) => dirname(file) === directory), options) // prettier-ignore
  }
}

async function lockDirectory(
  context: Context,
  progress: Progress,
  directory: string,
  named: readonly string[],
  options: LockCommandOptions,
): Promise<void> {
  const path = lockPath(directory)
  const { lock: before, text, diagnostics } = await readLock(path)
  if (hasErrors(diagnostics)) throw new InvalidManifests(diagnostics, new Map([[path, text]]))
  const files = named.length > 0 ? named : await manifestsHere(directory, before)
  const found = new Map<string, FoundMachines>()
  for (const file of files) {
    await withInput(context, progress, file, { variables: variablesOf(options), bases: true }, async (input) => {
      await buildContent(context, progress, input)
      found.set(basename(file), await progress.stage(`Read what ${file} names`, () => lockAll(input.loaded)))
    })
  }
  const gone = Object.keys(before?.manifests ?? {}).filter((name) => !existsSync(join(directory, name)))
  const update = options.updateAll ? 'all' : (options.update ?? [])
  requireNames(update, found)
  const { lock: after, done, refused } = updateLock(before, { update, found, gone })
  const isNew = before === undefined
  await requireNone(context, path, options.check ? [...refused, ...done] : refused)
  if (options.check && isNew) await requireNone(context, path, [{ kind: 'missing', manifest: basename(path) }])
  const content = formatLock(after)
  if (!options.check && content !== text) await writeLock(path, after)
  if (options.json) {
    const result = { formatVersion: 1, lock: path, changed: content !== text, differences: done }
    return context.stdout.line(JSON.stringify(result))
  }
  if (content === text) return context.stdout.line(printable(`${path}: up to date`))
  for (const difference of isNew ? [] : done) {
    await context.stdout.line(printable(`${path}: ${describeDifference(difference)}`))
  }
  const machines = [...found.values()].reduce((sum, each) => sum + each.size, 0)
  await context.stdout.line(printable(`${path}: written, ${plural(machines, 'machine')}`))
}

function requireNames(update: LockUpdate['update'], found: ReadonlyMap<string, FoundMachines>): void {
  const names = [...found.values()].flatMap((machines) => [...machines.keys()])
  const unknown = update === 'all' ? undefined : update.find((name) => !names.includes(name))
  if (unknown === undefined) return
  throw new VoltError('NO_SUCH_VM', `no manifest here has a machine '${unknown}'`, {
    hint: `there is ${names.join(', ')}`,
  })
}

/** Those of the lock, and whatever here begins as a manifest does. */
async function manifestsHere(directory: string, lock: Lock | undefined): Promise<string[]> {
  const names = (await readdir(directory)).filter((name) => /\.ya?ml$/.test(name))
  const manifests: string[] = []
  for (const name of names) if (await isManifest(join(directory, name))) manifests.push(name)
  const locked = Object.keys(lock?.manifests ?? {}).filter((name) => existsSync(join(directory, name)))
  const all = [...new Set([...manifests, ...locked])].sort()
  if (all.length > 0) return all.map((name) => join(directory, name))
  throw new VoltError('USAGE', 'there is no manifest in this directory', { hint: 'name one: volt lock FILE' })
}

async function isManifest(path: string): Promise<boolean> {
  const text = await readFile(path, 'utf8').catch(() => '')
  return /^apiVersion:\s*volt\//m.test(text) && /^kind:\s*MicroVM\s*(#.*)?$/m.test(text)
}
