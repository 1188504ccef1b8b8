// What cloud-init reads of its NoCloud disk, with the text of the environment in place of references. Kept nowhere else.
import { createHash } from 'node:crypto'
import { stringify } from 'yaml'
import { isEnvironmentReference, withReferences } from '../manifest/environment-reference.ts'
import { VoltError } from '../volt-error.ts'
import { USER_DATA_MAX_BYTES, type LoadedProvision } from './read-provision.ts'

export interface SeedContent {
  metaData: string
  userData: string
}

const CLOUD_CONFIG = '#cloud-config\n'

/** The same for the same provision and environment. Throws USAGE for a variable that is not set. */
export function seedContent(
  { hostname, sshKeys, userData }: LoadedProvision,
  environment: NodeJS.ProcessEnv = process.env,
): SeedContent {
  const textOf = (name: string): string => {
    const text = environment[name]
    if (text !== undefined) return text
    throw new VoltError('USAGE', `provision names ${name} of the environment, and it is not set`, {
      hint: `${name}=… volt apply FILE`,
    })
  }
  const keys = (withReferences(sshKeys, textOf) as string[]).map((key) => key.trim())
  const data = userDataText(userData, textOf)
  if (Buffer.byteLength(data) > USER_DATA_MAX_BYTES) {
    throw new VoltError('USAGE', `user data has more than ${USER_DATA_MAX_BYTES} bytes, with what the environment adds`)
  }
  const identity = createHash('sha256')
    .update(JSON.stringify([hostname, keys, data]))
    .digest('hex')
    .slice(0, 32)
  const metaData = {
    'instance-id': `volt-${identity}`,
    'local-hostname': hostname,
    ...(keys.length > 0 && { 'public-keys': keys }),
  }
  return { metaData: stringify(metaData, { lineWidth: 0 }), userData: data }
}

function userDataText(userData: LoadedProvision['userData'], textOf: (name: string) => string): string {
  if (userData === undefined) return `${CLOUD_CONFIG}{}\n`
  if ('text' in userData) return userData.text
  const { config } = userData
  // A reference and nothing else is all of it.
  if (isEnvironmentReference(config)) return textOf(config.env)
  return CLOUD_CONFIG + stringify(withReferences(config, textOf), { lineWidth: 0 })
}
