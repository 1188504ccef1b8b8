// Two connected Unix sockets: Node can make none.
import { callNative } from './native-error.ts'
import { native } from './native.ts'
import { ownDescriptor, type OpenDescriptor } from './open-descriptor.ts'

/**
 * Of streams, or of a kind that keeps messages apart (SOCK_SEQPACKET). Blocking, closed on exec. Of a stream the second
 * may write far ahead of the first. The caller closes both. Throws HOST_ERROR or NOT_BUILT.
 */
export function socketPair(kind: 'stream' | 'messages' = 'stream'): [OpenDescriptor, OpenDescriptor] {
  const [one, other] = callNative(() => native().socketPair(kind === 'messages'))
  return [ownDescriptor(one), ownDescriptor(other)]
}
