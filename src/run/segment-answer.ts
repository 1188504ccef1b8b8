// What the holder of a private network answers: a line of JSON.
import { VoltError } from '../volt-error.ts'

export type SegmentAnswer = { ok: true } | { ok: false; message: string; errno?: number; hint?: string }

/** Text that is none is a refusal. */
export function parseSegmentAnswer(text: string): SegmentAnswer {
  try {
    return JSON.parse(text) as SegmentAnswer
  } catch {
    return { ok: false, message: 'its holder did not answer' }
  }
}

/** HOST_ERROR. */
export function segmentError(what: string, answer: SegmentAnswer & { ok: false }): VoltError {
  const { message, errno, hint } = answer
  const options = { ...(errno !== undefined && { errno }), ...(hint !== undefined && { hint }) }
  return new VoltError('HOST_ERROR', `${what}: ${message}`, options)
}
