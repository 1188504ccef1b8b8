// Fetches one of Debian's kernels into the store.
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LockOptions } from '../state/lock.ts'
import { VoltError } from '../volt-error.ts'
import { ownApt, requireApt, systemApt, type Apt } from './apt.ts'
import { importKernel, type ImportedKernel } from './import-kernel.ts'
import { compareVersions, matchesVersion, parseKernelReference } from './kernel-name.ts'
import type { Store } from './store-place.ts'
import type { KernelPacking } from './unpack-kernel.ts'

/** Debian's name of a flavour, by ours. */
const FLAVOURS: Readonly<Record<string, string>> = { debian: 'amd64', 'debian-cloud': 'cloud-amd64' }

export interface PullRequest {
  /** `debian` or `debian-cloud`, with or without a version. */
  reference: string
  asIs?: boolean
  /** What is being done, `fetching linux-image-…`. */
  onStep?: (text: string) => void
  onUnpack?: (packing: KernelPacking) => void
}

/** Throws USAGE, HOST_ERROR without apt, PULL_FAILED, and what importKernel throws. */
export async function pullKernel(store: Store, request: PullRequest, lock: LockOptions): Promise<ImportedKernel> {
  const { reference, asIs = false, onStep, onUnpack } = request
  const wanted = parseKernelReference(reference)
  const name = wanted?.name ?? ''
  const flavour = Object.hasOwn(FLAVOURS, name) ? FLAVOURS[name] : undefined
  if (flavour === undefined) {
    const hint = 'there are debian and debian-cloud, each with @VERSION or without'
    throw new VoltError('USAGE', `'${reference}' is no kernel that can be fetched`, { hint })
  }
  await requireApt()
  const scratch = await mkdtemp(join(tmpdir(), 'volt-pull-'))
  try {
    const { version, file } = await fetchPackage(flavour, wanted?.version, scratch, onStep, lock.signal)
    const directory = join(scratch, 'package')
    const options = { asIs, replace: true, ...(onUnpack && { onUnpack }) }
    const named = { file, directory, name: `${name}@${version}`, source: file }
    return await importKernel(store, { ...named, ...options }, lock)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** With the system's lists, and once more with new ones of our own. Into `scratch`/package. */
async function fetchPackage(
  flavour: string,
  version: string | undefined,
  scratch: string,
  onStep: PullRequest['onStep'],
  signal: AbortSignal | undefined,
): Promise<{ version: string; file: string }> {
  const directory = join(scratch, 'package')
  await mkdir(directory)
  const attempt = async (apt: Apt) => {
    const found = await findVersion(apt, flavour, version)
    const name = packageName(found, flavour)
    onStep?.(`fetching ${name}`)
    await apt.download(name, directory)
    const [file] = (await readdir(directory)).filter((entry) => entry.endsWith('.deb'))
    if (file === undefined) throw new VoltError('PULL_FAILED', `apt-get has fetched no package ${name}`)
    return { version: found, file }
  }
  try {
    return await attempt(systemApt(signal))
  } catch (error) {
    if (!(error instanceof VoltError) || error.code !== 'PULL_FAILED') throw error
    onStep?.('fetching package lists')
    // apt makes those of the system only.
    for (const place of ['state/lists/partial', 'cache/archives/partial']) {
      await mkdir(join(scratch, place), { recursive: true })
    }
    const apt = ownApt(scratch, signal)
    await apt.update()
    return attempt(apt)
  }
}

function packageName(version: string, flavour: string): string {
  return `linux-image-${version}-${flavour}`
}

/** `6.1.0-56`, `6.12.57+deb12`: no flavours, no release candidates' names, no `-unsigned`, no debugging symbols. */
const VERSION = /^\d+(?:\.\d+)+(?:[-+.~](?:\d+|deb\d[\d.u]*|bpo[\d.]*))*$/

async function findVersion(apt: Apt, flavour: string, wanted: string | undefined): Promise<string> {
  const pattern = new RegExp(`^linux-image-(.+)-${flavour}$`)
  const versionOf = (name: string) => pattern.exec(name)?.[1] ?? ''
  const names =
    wanted === undefined
      ? [...(await apt.query('depends', `linux-image-${flavour}`)).matchAll(/Depends: (\S+)/g)].map(([, name]) => name)
      : (await apt.query('pkgnames', 'linux-image-')).split('\n')
  const versions = names.map((name) => versionOf(name ?? '')).filter((version) => VERSION.test(version))
  const [newest] = versions.filter((version) => matchesVersion(version, wanted)).sort((a, b) => compareVersions(b, a))
  if (newest !== undefined) return newest
  const there = [...new Set(versions)].sort(compareVersions)
  const hint = there.length === 0 ? 'does /etc/apt know a Debian archive?' : `there is ${there.join(', ')}`
  const what = wanted === undefined ? `no kernel linux-image-${flavour}` : `no version ${wanted} of it`
  throw new VoltError('PULL_FAILED', `the package lists have ${what}`, { hint })
}
