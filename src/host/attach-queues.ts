// Queues of a tap interface: a descriptor of /dev/net/tun each.
import type { FileHandle } from 'node:fs/promises'
import { callNative } from './native-error.ts'
import { native } from './native.ts'
import { openDevice } from './open-device.ts'

const TUN = '/dev/net/tun'
const MISSING = 'load the module (`modprobe tun`); in a container, pass the device'

/**
 * Of the interface of that name, or of one that is made where the name has a `%d` for its number. The caller closes the
 * handles. Throws HOST_ERROR or NOT_BUILT.
 */
export async function attachQueues(
  name: string,
  queues: number,
  isOneOfSeveral: boolean,
): Promise<{ name: string; handles: FileHandle[] }> {
  const handles: FileHandle[] = []
  let interfaceName = name
  try {
    while (handles.length < queues) {
      const handle = await openDevice(TUN, MISSING)
      handles.push(handle)
      interfaceName = callNative(() => native().attachTap(handle.fd, interfaceName, isOneOfSeveral))
    }
    return { name: interfaceName, handles }
  } catch (error) {
    await Promise.all(handles.map((handle) => handle.close()))
    throw error
  }
}
