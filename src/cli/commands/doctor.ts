// volt doctor: whether this machine can run VMs, and what to do when it cannot.
import type { Command } from 'commander'
import type { HostFacts } from '../../plan/host-facts.gen.ts'
import { probeHost } from '../../host/probe.ts'
import { examineHost, type HostCheck, type HostExamination } from '../../run/examine-host.ts'
import { VoltError } from '../../volt-error.ts'
import type { Context } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import type { Style } from '../output.ts'
import { printable } from '../render/display-text.ts'
import { plural } from '../render/units.ts'

interface DoctorOptions {
  json?: true
  facts?: true
}

const CAPABILITIES_COLUMNS = 76

export function defineDoctor(program: Command, context: Context): void {
  program
    .command('doctor')
    .description('say whether this machine can run VMs, and why not')
    .option('--json', 'one JSON object on stdout')
    .option('--facts', 'only the host facts, for `volt plan --host-facts` elsewhere')
    .addHelpText('after', '\nEnds with 0 when VMs can run here, with 4 when they cannot.\n')
    .action(async (options: DoctorOptions) => {
      const { stdout } = context
      if (options.json && options.facts) throw new VoltError('USAGE', '--json and --facts exclude each other')
      if (options.facts) return stdout.line(JSON.stringify(await probeHost(), undefined, 2))
      const found = await examineHost()
      await stdout.write(options.json ? toJson(found) : toText(found, stdout.style))
      if (!found.usable) context.exitCode = EXIT.hostUnsupported
    })
}

function toJson(found: HostExamination): string {
  return JSON.stringify({ formatVersion: 1, ...found }, undefined, 2) + '\n'
}

function toText({ checks, facts, usable }: HostExamination, style: Style): string {
  const lines = checks.flatMap((check) => {
    const hint = check.hint === undefined ? [] : [`  = help: ${printable(check.hint)}`]
    const limits = check.name === 'kvm' && facts !== undefined ? limitLines(facts) : []
    return [`${mark(check, style)} ${check.name.padEnd(9)} ${printable(check.message)}`, ...limits, ...hint]
  })
  lines.push(usable ? style.green('This machine can run VMs.') : style.red('This machine cannot run VMs yet.'))
  return lines.join('\n') + '\n'
}

function limitLines({ kvm, cpu }: HostFacts): string[] {
  const indent = ' '.repeat(12)
  return [
    `processor ${cpu.vendor}${cpu.brand === '' ? '' : `, ${cpu.brand}`}`,
    `${plural(kvm.maxVcpus, 'vCPU')} at most, ${kvm.recommendedVcpus} recommended, ids below ${kvm.maxVcpuId}`,
    ...wrapWords(['capabilities', ...kvm.capabilities.map((name) => name.replace(/^KVM_CAP_/, ''))]),
  ].map((line) => indent + printable(line))
}

function wrapWords(words: string[]): string[] {
  const lines: string[] = []
  for (const word of words) {
    const line = lines.at(-1)
    if (line === undefined || line.length + word.length >= CAPABILITIES_COLUMNS) lines.push(word)
    else lines[lines.length - 1] = `${line} ${word}`
  }
  return lines
}

function mark({ state }: HostCheck, style: Style): string {
  const marks = { ok: style.green('✔'), warning: style.yellow('!'), failed: style.red('✖'), skipped: style.dim('-') }
  return marks[state]
}
