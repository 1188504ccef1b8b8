// The user and group id that a machine's process has where its keeper is root: one of its own.
import { createHash } from 'node:crypto'

/** The first id behind those that systemd gives to containers; it documents those up to 2147352575 as unused. */
const FIRST_ID = 0x7000_0000
const ID_BITS = 27

/** The same each time. Two machines have the same one with a chance of one in 134 million. */
export function machineUser(project: string, name: string): number {
  const digest = createHash('sha256').update(`${project}/${name}`).digest()
  return FIRST_ID + (digest.readUInt32BE() >>> (32 - ID_BITS))
}
