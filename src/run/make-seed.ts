// Makes the NoCloud disk of a machine: an ISO 9660 image with the label CIDATA, by xorriso.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdir, open, rename, rm, stat, truncate, utimes, writeFile, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { removeFile } from '../host/own-files.ts'
import type { VmFiles } from '../state/vm-files.ts'
import { VoltError } from '../volt-error.ts'
import { findXorriso, helperEnvironment } from './helper-programs.ts'
import { makePrivateDirectory } from './open-vsock.ts'
import type { LoadedProvision } from './read-provision.ts'
import type { RunnableVm } from './runnable-vm.ts'
import { seedContent } from './seed-content.ts'
import { SEED_BYTES, seedFile } from './seed-disk.ts'

/** Of every file in it, so that the same content is the same image: the first second that DOS knows, 1980. */
const EPOCH_SECONDS = 315_532_800
const TIMEOUT_MS = 30_000

/**
 * The disk, for reading: made anew where the machine comes from a manifest, else the one in its state. Without a state it
 * has no name. Throws USAGE for a variable that is not set, HOST_ERROR, and FILE_UNREADABLE where a saved plan has none.
 */
export async function openSeed(
  { provision }: Pick<RunnableVm, 'provision'>,
  state?: Pick<VmFiles, 'directory'>,
): Promise<FileHandle> {
  if (state === undefined) return withBench(await makePrivateDirectory(), provision, (image) => open(image, 'r'))
  const path = seedFile(state)
  // In the state, so that what a killed process left is found and removed.
  const bench = `${path}.new`
  if (provision !== undefined) {
    await rm(bench, { recursive: true, force: true })
    await mkdir(bench, { mode: 0o700 })
    await withBench(bench, provision, (image) => rename(image, path))
  }
  return open(path, 'r').catch((cause: unknown) => {
    throw noSeed(cause)
  })
}

/** Of a machine that has none any more: what is in it may be secret. */
export async function removeSeed(state: Pick<VmFiles, 'directory'>): Promise<void> {
  const path = seedFile(state)
  removeFile(path)
  const bench = `${path}.new`
  if (existsSync(bench)) await rm(bench, { recursive: true, force: true })
}

/** `use` gets the path of an image in a directory of its own, which goes afterwards. */
async function withBench<T>(
  bench: string,
  provision: LoadedProvision | undefined,
  use: (image: string) => Promise<T>,
): Promise<T> {
  try {
    if (provision === undefined) throw noSeed()
    return await use(await makeSeed(provision, bench))
  } finally {
    await rm(bench, { recursive: true, force: true })
  }
}

/** Path of a new image in `bench`, this user's alone. */
async function makeSeed(provision: LoadedProvision, bench: string): Promise<string> {
  const { metaData, userData } = seedContent(provision)
  const tree = join(bench, 'tree')
  const image = join(bench, 'seed.iso')
  await mkdir(tree)
  for (const [name, text] of [
    ['meta-data', metaData],
    ['user-data', userData],
  ] as const) {
    await writeFile(join(tree, name), text, { mode: 0o600 })
    await utimes(join(tree, name), EPOCH_SECONDS, EPOCH_SECONDS)
  }
  await utimes(tree, EPOCH_SECONDS, EPOCH_SECONDS)
  await callXorriso(['-as', 'mkisofs', '-quiet', '-volid', 'CIDATA', '-joliet', '-rational-rock', '-o', image, tree])
  await chmod(image, 0o600)
  const { size } = await stat(image)
  if (size > SEED_BYTES) throw new VoltError('HOST_ERROR', `the disk for cloud-init would have ${size} bytes`)
  await truncate(image, SEED_BYTES)
  return image
}

async function callXorriso(words: readonly string[]): Promise<void> {
  const program = await findXorriso()
  const env = { ...helperEnvironment(), SOURCE_DATE_EPOCH: String(EPOCH_SECONDS), LC_ALL: 'C', TZ: 'UTC' }
  try {
    // -no_rc: no start-up file of the user's has a say.
    await promisify(execFile)(program, ['-no_rc', ...words], { env, timeout: TIMEOUT_MS })
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string }
    const said = stderr?.trim().split('\n').at(-1) ?? message
    throw new VoltError('HOST_ERROR', `xorriso could not make the disk for cloud-init: ${said}`)
  }
}

function noSeed(cause?: unknown): VoltError {
  return new VoltError('FILE_UNREADABLE', 'the disk for cloud-init is not there, and a saved plan does not hold it', {
    hint: 'apply or run the manifest, which says what is in it',
    cause,
  })
}
