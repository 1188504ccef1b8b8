// The provision of a manifest before anything runs: that its user data is there and is what cloud-init knows.
import { resolve } from 'node:path'
import type { DocumentProblem } from '../manifest/load-manifests.ts'
import type { ProvisionSpec } from '../manifest/spec.ts'
import { openDisk } from './open-disk.ts'
import { SEED_NAME } from './seed-disk.ts'

/** With the text of a file in place of its path. */
export interface LoadedProvision extends Omit<ProvisionSpec, 'userData'> {
  userData?: { text: string } | { config: Record<string, unknown> }
}

export const USER_DATA_MAX_BYTES = 512 * 1024
const POINTER = '/provision/userData'
/** cloud-init's formats that are text, by their first line: it leaves what has none of them alone. */
const FORMAT = /^(?:#|Content-Type:|MIME-Version:)/i

/** Undefined without a provision, and where something is wrong with it. Nothing stays open. */
export async function readProvision(
  provision: ProvisionSpec | undefined,
  disks: readonly { name: string }[],
  directory: string,
  problems: DocumentProblem[],
): Promise<LoadedProvision | undefined> {
  if (provision === undefined) return undefined
  const clash = disks.findIndex(({ name }) => name === SEED_NAME)
  if (clash >= 0) {
    const message = `there are two disks '${SEED_NAME}', this and that of provision`
    problems.push({ code: 'V014', message, pointer: `/disks/${clash}/name`, hint: 'give the disk another name' })
  }
  const { userData, ...others } = provision
  if (userData === undefined) return others
  if (typeof userData !== 'string') return { ...others, userData: { config: userData } }
  const found = await readText(resolve(directory, userData), userData)
  if ('text' in found) return { ...others, userData: found }
  problems.push({ code: 'V114', pointer: POINTER, ...found })
  return undefined
}

async function readText(path: string, written: string): Promise<{ text: string } | { message: string; hint: string }> {
  let handle
  try {
    const opened = await openDisk(path, written, 'read')
    handle = opened.handle
    if (opened.sizeBytes > USER_DATA_MAX_BYTES) {
      const message = `${written} has ${opened.sizeBytes} bytes, and user data may have ${USER_DATA_MAX_BYTES}`
      return { message, hint: '#include in it has cloud-init fetch more' }
    }
    const text = await handle.readFile('utf8')
    if (FORMAT.test(text)) return { text }
    const message = `${written} is no user data: its first line is none that cloud-init knows`
    return { message, hint: 'a cloud-config begins with the line #cloud-config, a script with #!' }
  } catch (error) {
    return { message: (error as Error).message, hint: `it would be ${path}` }
  } finally {
    await handle?.close()
  }
}
