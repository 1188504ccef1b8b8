// What a device has lost for good, as one line.
import type { BackendDownEvent, LinkDownEvent, VmEvent } from '../../host/native-addon.ts'
import { printable } from './display-text.ts'

export type Loss = Pick<LinkDownEvent | BackendDownEvent, 'event' | 'device' | 'message'>

const LOST = { 'link-down': 'the link is down', 'backend-down': 'out of order' } as const

export const LOSSES = Object.keys(LOST) as (keyof typeof LOST)[]

export function isLoss(event: VmEvent): event is LinkDownEvent | BackendDownEvent {
  return event.event in LOST
}

/** `net-net0: the link is down: passt has ended`. */
export function describeLoss({ event, device, message }: Loss): string {
  return printable(`${device}: ${LOST[event]}: ${message}`)
}
