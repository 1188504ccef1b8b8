// Two connected Unix stream sockets: Node can make none.
import { callNative } from './native-error.ts'
import { native } from './native.ts'
import { ownDescriptor, type OpenDescriptor } from './open-descriptor.ts'

/** Blocking, closed on exec. The caller closes both. Throws HOST_ERROR or NOT_BUILT. */
export function socketPair(): [OpenDescriptor, OpenDescriptor] {
  const [one, other] = callNative(() => native().socketPair())
  return [ownDescriptor(one), ownDescriptor(other)]
}
