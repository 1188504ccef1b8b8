// The pictures of docs/pictures/, by their names: scripts/pictures writes them, a test holds them to what is drawn now.
import { drawPlan } from '../../src/picture/plan-picture.ts'
import { drawTimeline } from '../../src/picture/draw-timeline.ts'
import { BOOTS } from './boots.ts'
import { MACHINES, picturedPlan } from './machines.ts'

const PLANS = ['one', 'web', 'sixty-four-twelve', 'many']
const TIMELINES = ['debian', 'hello']

/** Name of the file without its ending, and the SVG. */
export function documentedPictures(): [name: string, svg: string][] {
  const machines = MACHINES.filter(([name]) => PLANS.includes(name))
  const boots = BOOTS.filter(([name]) => TIMELINES.includes(name))
  return [
    ...machines.map((machine): [string, string] => [`plan-${machine[0]}`, drawPlan(picturedPlan(machine))]),
    ...boots.map(([name, timeline]): [string, string] => [`timeline-${name}`, drawTimeline(timeline)]),
  ]
}

/** Of which there is a screenshot on a dark page too. */
export const DARK = ['plan-web', 'timeline-debian']
