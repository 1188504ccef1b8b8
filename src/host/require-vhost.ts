// The kernel's vhost-net, which moves the frames of taps. Each start of a machine opens it anew: what was opened belongs to
// one process for ever.
import { openDevice } from './open-device.ts'

export const VHOST_NET = '/dev/vhost-net'
const MISSING = 'load the module (`modprobe vhost_net`), in a container pass the device, or leave `vhost` out'

/** Throws HOST_ERROR with what to do where it does not open. */
export async function requireVhost(path = VHOST_NET): Promise<void> {
  await (await openDevice(path, MISSING)).close()
}
