// Gets a machine's card on a private network: a tap that the network's holder makes, which is started where there is none.
import type { OpenDescriptor } from '../host/open-descriptor.ts'
import { requestDescriptors } from '../host/request-descriptors.ts'
import { addressOn } from '../manifest/segment-address.ts'
import { parseSegmentAnswer, segmentError } from './segment-answer.ts'
import { segmentSocket } from './segment-files.ts'
import { startSegment } from './start-segment.ts'

export interface SegmentCard {
  vm: string
  mac: string
  mtu: number
  queues: number
}

/** A holder that is about to end may hang up once; the one that is started then does not. */
const ATTEMPTS = 3

/**
 * A descriptor a queue; the tap goes with the last of them. `directory` is the project's, whose lock the caller holds.
 * Throws HOST_ERROR with what to do, or NOT_BUILT.
 */
export async function joinSegment(directory: string, network: string, card: SegmentCard): Promise<OpenDescriptor[]> {
  const { vm, mac, mtu, queues } = card
  const request = { request: 'join', name: vm, mac, address: addressOn(network, vm), queues, mtu }
  let text = ''
  for (let attempt = 0; attempt < ATTEMPTS && text === ''; attempt++) {
    if (attempt > 0) await startSegment(directory, network)
    const answer = await requestDescriptors(directory, segmentSocket(network), request)
    if (answer === undefined) continue
    if (answer.descriptors.length === queues) return answer.descriptors
    await Promise.all(answer.descriptors.map((descriptor) => descriptor.close()))
    text = answer.text
  }
  const answer = parseSegmentAnswer(text)
  const refusal = answer.ok ? { ok: false as const, message: 'its holder gave too few queues' } : answer
  throw segmentError(`'${vm}' cannot join the private network '${network}'`, refusal)
}
