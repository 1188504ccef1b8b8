// The programs of others that devices of a machine need, and what to install where they are missing.
import { constants } from 'node:os'
import { findProgram } from '../host/find-program.ts'
import type { BootPlan } from '../plan/boot-plan.gen.ts'
import { networkBackends, shareBackends } from '../plan/backends.ts'
import { VoltError } from '../volt-error.ts'
import { findVirtiofsd } from './find-virtiofsd.ts'
import { parseNetworkSource } from './network-source.ts'
import { isSeedSource } from './seed-disk.ts'

export type HelperName = 'passt' | 'dnsmasq' | 'virtiofsd' | 'xorriso'

interface Helper {
  name: HelperName
  /** What of a machine needs it. */
  needs: string
  /** Its path. Throws HOST_ERROR. */
  find: () => Promise<string>
}

/** What the parent of helpers gets of this process's environment; of that a helper, which faces a guest, has PATH alone. */
export function helperEnvironment(): NodeJS.ProcessEnv {
  const { PATH = '', TMPDIR } = process.env
  return { PATH, ...(TMPDIR !== undefined && { TMPDIR }) }
}

/** Debian's place of dnsmasq, and others': seldom on the PATH of a user. */
const SYSTEM_DIRECTORIES = ['/usr/sbin', '/usr/local/sbin', '/sbin']

export const HELPERS: readonly Helper[] = [
  { name: 'passt', needs: 'a user network', find: findPasst },
  { name: 'dnsmasq', needs: 'a private network', find: findDnsmasq },
  { name: 'virtiofsd', needs: 'a share', find: async () => (await findVirtiofsd()).path },
  { name: 'xorriso', needs: 'provision', find: findXorriso },
]

/** Throws HOST_ERROR. */
export function findPasst(): Promise<string> {
  const hint = 'install the package passt (`sudo apt install passt`), or attach the network to a tap'
  return find('a user network', 'passt', hint)
}

/** Throws HOST_ERROR. */
export function findDnsmasq(): Promise<string> {
  const hint = 'install the package dnsmasq-base (`sudo apt install dnsmasq-base`)'
  const places = SYSTEM_DIRECTORIES.map((directory) => `${directory}/dnsmasq`)
  return find('a private network', 'dnsmasq', hint, places)
}

/** Throws HOST_ERROR. */
export function findXorriso(): Promise<string> {
  return find('provision', 'xorriso', 'install the package xorriso (`sudo apt install xorriso`)')
}

/** Before anything of the machine is started. Throws HOST_ERROR for the first that is missing. */
export async function requireHelpers({
  plan,
  sources,
}: {
  plan: Pick<BootPlan, 'devices'>
  sources: Readonly<Record<string, string>>
}): Promise<void> {
  const kinds = networkBackends(plan).map(({ names }) => parseNetworkSource(sources[names[0] ?? ''] ?? '')?.kind)
  const isNeeded: Record<HelperName, boolean> = {
    passt: kinds.includes('user'),
    dnsmasq: kinds.includes('network'),
    virtiofsd: shareBackends(plan).length > 0,
    xorriso: Object.values(sources).some(isSeedSource),
  }
  for (const helper of HELPERS) if (isNeeded[helper.name]) await helper.find()
}

async function find(needs: string, name: HelperName, hint: string, places: readonly string[] = []): Promise<string> {
  const path = await findProgram(name, places)
  if (path !== undefined) return path
  const message = `${needs} needs ${name}, which is not installed`
  throw new VoltError('HOST_ERROR', message, { errno: constants.errno.ENOENT, hint })
}
