// Boots to draw: a whole Debian as it told it, one without times, one that panics, and a guest of ours.
import { readFileSync } from 'node:fs'
import { buildTimeline, type Timeline, type TimelineInput } from '../../src/picture/timeline.ts'

const ASKED = Date.parse('2026-01-01T00:00:00.000Z')

/** An event so many milliseconds after the start was asked for. */
export function eventAt(event: string, milliseconds: number): { event: string; time: string } {
  return { event, time: new Date(ASKED + milliseconds).toISOString() }
}

export const DEBIAN_CONSOLE = readFileSync(new URL('fixtures/debian-boot.txt', import.meta.url), 'utf8')

/** Started within 96 ms. */
export function bootOf(changes: Partial<TimelineInput> = {}): Timeline {
  return buildTimeline({
    name: 'machine',
    askedAt: eventAt('', 0).time,
    startedAt: eventAt('', 21).time,
    events: [eventAt('sandbox', 48), eventAt('started', 96)],
    console: '',
    ...changes,
  })
}

const withoutTimes = DEBIAN_CONSOLE.replaceAll(/\[ *\d+\.\d{6}\] /g, '')
const panic = `${DEBIAN_CONSOLE.split('\n').slice(0, 200).join('\n')}
[   12.900000] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0) & <more>
`

export const BOOTS: [name: string, timeline: Timeline][] = [
  [
    'debian',
    bootOf({
      name: 'debian',
      events: [eventAt('sandbox', 48), eventAt('started', 96), eventAt('ready', 87_000)],
      console: DEBIAN_CONSOLE,
    }),
  ],
  ['without-times', bootOf({ console: withoutTimes })],
  ['panic', bootOf({ console: panic, events: [eventAt('started', 96), eventAt('stopped', 13_500)] })],
  ['hello', bootOf({ name: 'hello', console: 'Hello from a Volt microVM\n' })],
  ['never', bootOf({ events: [] })],
]
