// Gets a machine's card on a private network: a tap that the network's holder makes, which is started where there is none.
import { constants } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { OpenDescriptor } from '../host/open-descriptor.ts'
import { requestDescriptors, type DescriptorAnswer } from '../host/request-descriptors.ts'
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
/** For the tap of a machine that has ended, whose name or MAC is wanted again: it goes some milliseconds later. */
const RELEASE_MS = 2000
const PAUSE_MS = 20
const TAKEN: readonly (number | undefined)[] = [constants.errno.EBUSY, constants.errno.EADDRINUSE]

/**
 * A descriptor a queue; the tap goes with the last of them. `directory` is the project's, whose lock the caller holds.
 * Throws HOST_ERROR with what to do, or NOT_BUILT.
 */
export async function joinSegment(directory: string, network: string, card: SegmentCard): Promise<OpenDescriptor[]> {
  const { vm, mac, mtu, queues } = card
  const request = { request: 'join', name: vm, mac, address: addressOn(network, vm), queues, mtu }
  for (const until = Date.now() + RELEASE_MS; ; await sleep(PAUSE_MS)) {
    const { text, descriptors } = await askInTurn(directory, network, request)
    if (descriptors.length === queues) return descriptors
    await Promise.all(descriptors.map((descriptor) => descriptor.close()))
    const answer = parseSegmentAnswer(text)
    const refusal = answer.ok ? { ok: false as const, message: 'its holder gave too few queues' } : answer
    if (TAKEN.includes(refusal.errno) && Date.now() < until) continue
    throw segmentError(`'${vm}' cannot join the private network '${network}'`, refusal)
  }
}

/** Who asks last, by directory and network. */
const queues = new Map<string, Promise<unknown>>()

/** One at a time: machines of a project start side by side, and a holder that one of them starts is for the others too. */
async function askInTurn(directory: string, network: string, request: object): Promise<DescriptorAnswer> {
  const key = join(directory, network)
  const answer = (queues.get(key) ?? Promise.resolve()).then(() => ask(directory, network, request))
  queues.set(
    key,
    answer.catch(() => undefined),
  )
  return answer
}

/** Starts a holder where there is none. */
async function ask(directory: string, network: string, request: object): Promise<DescriptorAnswer> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (attempt > 0) await startSegment(directory, network)
    const answer = await requestDescriptors(directory, segmentSocket(network), request)
    if (answer !== undefined && answer.text !== '') return answer
  }
  return { text: '', descriptors: [] }
}
