// What a plan would do, for people: a sign and a colour for each kind of change, its reasons, what is kept, and totals.
import type { Change, ChangeKind } from '../../run/decide-change.ts'
import type { Reason } from '../../run/explain-change.ts'
import type { Style } from '../output.ts'
import { printable } from './display-text.ts'
import { plural } from './units.ts'

/** What happens to a machine; `destroy` to one that is not in its file any more. */
export type PlannedKind = ChangeKind | 'destroy'

interface Look {
  sign: string
  colour: keyof Style
  /** Behind the machine's name. */
  verb: string
  /** In the totals, behind a number. */
  total: string
}

const LOOKS: Readonly<Record<PlannedKind, Look>> = {
  start: { sign: '+', colour: 'green', verb: 'would be started', total: 'to start' },
  live: { sign: '~', colour: 'cyan', verb: 'would be changed live', total: 'to change live' },
  record: { sign: '~', colour: 'cyan', verb: 'would be recorded: nothing that runs changes', total: 'to record' },
  restart: { sign: '±', colour: 'yellow', verb: 'would be restarted', total: 'to restart' },
  replace: { sign: '±', colour: 'red', verb: 'would be replaced', total: 'to replace' },
  destroy: { sign: '-', colour: 'red', verb: 'would be destroyed', total: 'to destroy' },
  none: { sign: '=', colour: 'dim', verb: 'is as declared, nothing to do', total: 'unchanged' },
}

export type ShownChange = Pick<Change, 'kind' | 'reasons' | 'leaves'>

/** `± web would be restarted` and the reasons below it. */
export function renderChange(name: string, change: ShownChange, style: Style): string {
  return heading(name, change.kind, style) + renderReasons(change, style)
}

/** The reasons and what is left behind, a line each. */
export function renderReasons({ kind, reasons, leaves }: ShownChange, style: Style): string {
  return [
    ...reasons.map((reason) => `    ${renderReason(reason, kind, style)}\n`),
    ...leaves.map((path) => `    what its guest wrote is not used any more: ${printable(path)}\n`),
  ].join('')
}

export interface LeftMachine {
  name: string
  /** Where it is now: `running`, `stopped (poweroff)`. */
  state: string
  why: string
}

/** A machine that its file declares no more; with `prune` it goes. */
export function renderLeft({ name, state, why }: LeftMachine, prune: boolean, style: Style): string {
  if (prune) return `${heading(name, 'destroy', style)}    ${printable(why)}; it is ${state}\n`
  return `${style.yellow(`! ${name} is left`)}\n    ${printable(why)}; it is ${state}: --prune destroys it\n`
}

/** `3 machines: 1 to start, 2 unchanged`. */
export function renderTotals(kinds: readonly PlannedKind[]): string {
  const counts = (Object.keys(LOOKS) as PlannedKind[])
    .map((kind) => ({ kind, count: kinds.filter((other) => other === kind).length }))
    .filter(({ count }) => count > 0)
    .map(({ kind, count }) => `${count} ${LOOKS[kind].total}`)
  return `${plural(kinds.length, 'machine')}${counts.length === 0 ? '' : ': '}${counts.join(', ')}\n`
}

/** `would be restarted`. */
export function verbOf(kind: PlannedKind): string {
  return LOOKS[kind].verb
}

/** `±`. */
export function signOf(kind: PlannedKind): string {
  return LOOKS[kind].sign
}

function heading(name: string, kind: PlannedKind, style: Style): string {
  const { sign, colour, verb } = LOOKS[kind]
  return style[colour](`${sign} ${name} ${verb}`) + '\n'
}

/** Beside one that takes another boot, others would take less. */
function renderReason({ text, class: name }: Reason, kind: ChangeKind, style: Style): string {
  const boots = kind === 'restart' || kind === 'replace'
  const less = boots && (name === 'live' || name === 'none')
  return printable(text) + (less ? style.dim(` (${name === 'live' ? 'live' : 'recorded'} by itself)`) : '')
}
