// A plan in every format that `volt plan` has.
import type { Diagnostic } from '../manifest/diagnostic.ts'
import { changeJson } from './changes-json.ts'
import type { Format } from './format-option.ts'
import type { Style } from './output.ts'
import { packageVersion } from './package-version.ts'
import { changeFindings } from './render/change-findings.ts'
import { renderGithub } from './render/github-annotations.ts'
import { markdownPlan } from './render/markdown-report.ts'
import { renderPlan } from './render/plan.ts'
import { renderChange, renderLeft, renderTotals } from './render/plan-changes.ts'
import { sarifLog } from './render/sarif.ts'
import { kindsOf, type ShownPlan } from './shown-plan.ts'

export interface PlanView {
  format: Format
  /** Whether unchanged machines are shown in detail too. */
  details: boolean
  style: Style
  /** Warnings, for the formats that have a place for them. */
  diagnostics: readonly Diagnostic[]
}

/** Ends in a line break. */
export function planReport(plan: ShownPlan, { format, details, style, diagnostics }: PlanView): string {
  switch (format) {
    case 'human':
      return planText(plan, details, style)
    case 'json':
      return json({ formatVersion: 1, vms: plan.steps.map(stepJson), left: plan.left })
    case 'github':
      return renderGithub([...diagnostics, ...changeFindings(plan)])
    case 'sarif':
      return json(sarifLog([...diagnostics, ...changeFindings(plan)], packageVersion()))
    case 'markdown':
      return markdownPlan(plan)
  }
}

function json(value: object): string {
  return JSON.stringify(value, undefined, 2) + '\n'
}

function stepJson({ vm, change }: ShownPlan['steps'][number]): object {
  const { name, digest, sources, origins, life, summary, plan } = vm
  return { name, ...changeJson(change), digest, sources, ...(origins && { origins }), life, summary, plan }
}

function planText(plan: ShownPlan, details: boolean, style: Style): string {
  const machines = plan.steps.map(({ vm, change }) => {
    const boots = !['none', 'record', 'live'].includes(change.kind)
    const machine = details || boots ? renderPlan(vm, style) : ''
    return renderChange(vm.name, change, style) + machine
  })
  const others = plan.left.map(({ name, why, description }) =>
    renderLeft({ name, why, state: description }, plan.prune, style),
  )
  return [...machines, ...others, renderTotals(kindsOf(plan))].join('\n')
}
