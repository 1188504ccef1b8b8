// What `volt doctor` does.
import type { HostFacts } from '../../plan/host-facts.gen.ts'
import { probeHost } from '../../host/probe.ts'
import { examineHost, type HostCheck, type HostExamination } from '../../run/examine-host.ts'
import { VoltError } from '../../volt-error.ts'
import type { Context } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import type { Output, Style } from '../output.ts'
import { printable } from '../render/display-text.ts'
import { plural } from '../render/units.ts'
import { wrapText } from '../render/wrap-text.ts'

export interface DoctorOptions {
  json?: true
  facts?: true
}

const MAX_COLUMNS = 80
const HINT_PREFIX = '  = help: '
/** What stands before a message: the mark and the check's name. */
const INDENT = ' '.repeat(12)

export async function doctor(context: Context, options: DoctorOptions): Promise<void> {
  const { stdout } = context
  if (options.json && options.facts) throw new VoltError('USAGE', '--json and --facts exclude each other')
  if (options.facts) return stdout.line(JSON.stringify(await probeHost(), undefined, 2))
  const found = await examineHost()
  await stdout.write(options.json ? toJson(found) : toText(found, stdout))
  if (!found.usable) context.exitCode = EXIT.hostUnsupported
}

function toJson(found: HostExamination): string {
  return JSON.stringify({ formatVersion: 1, ...found }, undefined, 2) + '\n'
}

function toText({ checks, facts, usable }: HostExamination, { style, columns }: Output): string {
  const wrap = (text: string, indent: string): string =>
    wrapText(printable(text), Math.min(columns, MAX_COLUMNS), indent)
  const lines = checks.flatMap((check) => {
    const message = wrap(check.message, INDENT).slice(INDENT.length)
    const limits = check.name === 'kvm' && facts !== undefined ? limitLines(facts) : []
    const hint = check.hint === undefined ? '' : wrap(check.hint, ' '.repeat(HINT_PREFIX.length))
    return [
      `${mark(check, style)} ${check.name.padEnd(9)} ${message}`,
      ...limits.map((line) => wrap(line, INDENT)),
      ...(hint === '' ? [] : [HINT_PREFIX + hint.slice(HINT_PREFIX.length)]),
    ]
  })
  lines.push(usable ? style.green('This machine can run VMs.') : style.red('This machine cannot run VMs yet.'))
  return lines.join('\n') + '\n'
}

/** Where a capability that Volt needs is missing, the check has failed and names it. */
function limitLines({ kvm, cpu }: HostFacts): string[] {
  return [
    `processor ${cpu.vendor}${cpu.brand === '' ? '' : `, ${cpu.brand}`}`,
    `${plural(kvm.maxVcpus, 'vCPU')} at most, ${kvm.recommendedVcpus} recommended, ids below ${kvm.maxVcpuId}`,
    plural(kvm.capabilities.length, 'capability', 'capabilities'),
  ]
}

function mark({ state }: HostCheck, style: Style): string {
  const none = style.dim('-')
  const marks = {
    ok: style.green('✔'),
    warning: style.yellow('!'),
    failed: style.red('✖'),
    skipped: none,
    absent: none,
  }
  return marks[state]
}
