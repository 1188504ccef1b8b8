// A Debian that does nothing but send and get files, by its networks, its vsock and a share: for sizes that take long.
import { answersOf, SHELL, step, type Line } from './dialogue.ts'
import { LOGIN, POWER_OFF, writeDebian } from './debian-guest.ts'
import { makeTap } from './make-tap.ts'
import { digestOfBytes, SERVER_ADDRESS } from './net-services.ts'
import { downloadedAs, NETWORK_IS_UP, UPLOADED, uploadedAs } from './net-steps.ts'
import { SHARE_NAMES, SHARE_STEPS } from './share-steps.ts'
import { TRANSFER_MIB } from './transfer.ts'
import { VSOCK_NAMES, VSOCK_STEPS } from './vsock-steps.ts'

export const TRANSFER_GUEST = 'transfer'

const TAP = 'volt-transfer'
const HOST_ADDRESS = '10.14.0.1'
const GUEST_ADDRESS = '10.14.0.2'

export const TRANSFER_ANSWERS = answersOf([
  'network-is-up',
  'uploaded',
  ...VSOCK_NAMES,
  ...SHARE_NAMES,
  'tap-is-up',
  'uploaded-by-tap',
  'downloaded-by-tap',
])

/** From here on the server is reached by the tap. */
const BY_TAP = `ip addr add ${GUEST_ADDRESS}/24 dev eth1 && ip link set eth1 up && ip route add ${SERVER_ADDRESS} via ${HOST_ADDRESS} dev eth1`

/**
 * By passt only one way: to a guest that reads more slowly than passt sends, as all do here, Debian 12's passt repeats
 * itself many times over (docs/virtio-net.md).
 */
export const TRANSFER_DIALOGUE: Line[] = [
  LOGIN,
  NETWORK_IS_UP,
  UPLOADED,
  ...VSOCK_STEPS,
  ...SHARE_STEPS,
  step('tap-is-up', BY_TAP),
  uploadedAs('uploaded-by-tap'),
  // The digest is made before, so that the server does not fall silent in the middle of a connection.
  { prompt: SHELL, type: () => Promise.resolve(downloadedAs('downloaded-by-tap', digestOfBytes(TRANSFER_MIB))) },
  POWER_OFF,
]

/** Only in the lab. */
export function makeTransferTap(): void {
  makeTap(TAP, HOST_ADDRESS)
}

export async function writeTransferGuest(directory: string, cache: string): Promise<void> {
  await writeDebian(directory, cache, TRANSFER_GUEST, [], [{ name: 'tap', tap: TAP }])
}
