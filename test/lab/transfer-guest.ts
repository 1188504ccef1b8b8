// A Debian that does nothing but send and get files, by its network, its vsock and a share: for sizes that take long.
import { answersOf, type Line } from './dialogue.ts'
import { LOGIN, POWER_OFF, writeDebian } from './debian-guest.ts'
import { DOWNLOADED_WHOLE, NETWORK_IS_UP, UPLOADED } from './net-steps.ts'
import { SHARE_NAMES, SHARE_STEPS } from './share-steps.ts'
import { VSOCK_NAMES, VSOCK_STEPS } from './vsock-steps.ts'

export const TRANSFER_GUEST = 'transfer'

export const TRANSFER_ANSWERS = answersOf(['network-is-up', 'downloaded', 'uploaded', ...VSOCK_NAMES, ...SHARE_NAMES])

export const TRANSFER_DIALOGUE: Line[] = [
  LOGIN,
  NETWORK_IS_UP,
  DOWNLOADED_WHOLE,
  UPLOADED,
  ...VSOCK_STEPS,
  ...SHARE_STEPS,
  POWER_OFF,
]

export async function writeTransferGuest(directory: string, cache: string): Promise<void> {
  await writeDebian(directory, cache, TRANSFER_GUEST, [])
}
