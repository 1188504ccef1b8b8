// Diagnostics and plans as Markdown: for a job's summary, and for a comment of a pull request.
import type { Diagnostic } from '../../manifest/diagnostic.ts'
import { shown } from '../../run/differences.ts'
import type { Reason } from '../../run/explain-change.ts'
import { createStyle } from '../output.ts'
import { kindsOf, type ShownPlan } from '../shown-plan.ts'
import { countDiagnostics } from './diagnostics.ts'
import { markdownCode, markdownDetails, markdownTable, markdownText } from './markdown.ts'
import { renderPlan } from './plan.ts'
import { renderTotals, signOf, verbOf } from './plan-changes.ts'

/** A heading and a table of what is wrong; `ok` where nothing is. */
export function markdownDiagnostics(diagnostics: readonly Diagnostic[], ok: string): string {
  if (diagnostics.length === 0) return `### Volt: ${markdownText(ok)}\n`
  const rows = diagnostics.map(({ severity, code, message, hint, file, start }) => [
    markdownCode(`${file}:${start.line}:${start.column}`),
    `${severity} ${code}`,
    markdownText(hint === undefined ? message : `${message}; ${hint}`),
  ])
  return `### Volt: ${countDiagnostics(diagnostics)}\n\n${markdownTable(['where', 'code', 'what'], rows)}`
}

/** What a plan would change, machine by machine; ends in a line break. */
export function markdownPlan(plan: ShownPlan): string {
  const { file, steps, left, prune } = plan
  const changed = steps.filter(({ change }) => change.kind !== 'none')
  const machines = changed.map(({ vm, change: { kind, reasons, leaves } }) => {
    const boots = ['start', 'restart', 'replace'].includes(kind)
    return [
      `#### ${signOf(kind)} ${markdownCode(vm.name)} ${verbOf(kind)}\n`,
      renderFields(reasons),
      ...leaves.map((path) => `What its guest wrote is not used any more: ${markdownCode(path)}\n`),
      ...(boots ? [markdownDetails(`Boot plan of ${vm.name}`, renderPlan(vm, createStyle(false)))] : []),
    ].filter((part) => part !== '')
  })
  const others = left.map(({ name, why, description }) => {
    const what = prune ? verbOf('destroy') : 'is left: `--prune` destroys it'
    return `#### ${prune ? signOf('destroy') : '!'} ${markdownCode(name)} ${what}\n\n${markdownText(why)}; it is ${markdownText(description)}.\n`
  })
  const heading = `### Volt plan of ${markdownCode(file)}\n`
  return [heading, `${renderTotals(kindsOf(plan))}`, ...machines.flat(), ...others].join('\n')
}

/** A table of the fields that differ; other reasons are a line each. */
function renderFields(reasons: readonly Reason[]): string {
  const fields = reasons.filter((reason) => 'from' in reason || 'to' in reason)
  const rows = fields.map(({ field = '', from, to, class: name = '' }) => {
    return [markdownCode(field), markdownCode(shown(from)), markdownCode(shown(to)), name]
  })
  const table = rows.length === 0 ? [] : [markdownTable(['field', 'old', 'new', 'takes'], rows)]
  const others = reasons.filter((reason) => !fields.includes(reason)).map(({ text }) => `${markdownText(text)}\n`)
  return [...table, ...others].join('\n')
}
