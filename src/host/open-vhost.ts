// Opens the kernel's vhost-net, which moves the frames of taps.
import type { FileHandle } from 'node:fs/promises'
import { openDevice } from './open-device.ts'

const VHOST_NET = '/dev/vhost-net'
const MISSING = 'load the module (`modprobe vhost_net`), in a container pass the device, or leave `vhost` out'

/** A pair of queues each; the caller closes it. Throws HOST_ERROR with what to do. */
export async function openVhost(path = VHOST_NET): Promise<FileHandle> {
  return openDevice(path, MISSING)
}
