// A compiled VM for people: the memory map, what is loaded where, the tables and the devices.
import { formatBytes } from '../../plan/address.ts'
import { deviceLine, summarizeDevice } from '../../plan/summary-devices.ts'
import { summaryLines } from '../../plan/summary.ts'
import { memoryBytes, type RunnableVm } from '../../run/runnable-vm.ts'
import type { Style } from '../output.ts'
import { printable } from './display-text.ts'
import { askedResources } from './resources.ts'
import { renderTable } from './table.ts'
import { plural } from './units.ts'

/** One line for each part; a saved plan has less to say about why it is what it is. */
export function highlights(vm: RunnableVm): string[] {
  const asked = askedResources(vm.life ?? {})
  if (vm.summary !== undefined) return [...summaryLines(vm.summary, vm), ...asked]
  const { plan } = vm
  return [
    `boot by ${plan.boot.protocol}`,
    plural(plan.vcpus.length, 'vCPU'),
    `memory ${formatBytes(memoryBytes(plan))}`,
    ...plan.devices.map((device) => deviceLine(summarizeDevice(device), vm)),
    ...asked,
  ]
}

/** Everything about the VM; ends in a line break. */
export function renderPlan(vm: RunnableVm, style: Style): string {
  const { summary, plan } = vm
  const section = (title: string, rows: readonly (readonly string[])[]): string =>
    rows.length === 0 ? '' : `  ${style.bold(title)}\n${renderTable(rows, '    ')}`
  const lines = highlights(vm).map((line) => `  ${printable(line)}\n`)
  const parts = [
    ...lines,
    section(
      'memory map (e820)',
      (summary?.e820 ?? []).map(({ start, end, type }) => [start, end, type]),
    ),
    section(
      'loaded',
      plan.load.map(({ label, gpa, size }) => [label, gpa, plural(size, 'byte')]),
    ),
    section(
      'files',
      plan.files.map(({ id, size, sha256 }) => [id, plural(size, 'byte'), sha256, sourceOf(vm, id)]),
    ),
    section(
      'notes',
      (summary?.notes ?? []).map((note) => [note]),
    ),
    `  ${style.bold('digest')} ${vm.digest}\n`,
  ]
  return parts.join('')
}

function sourceOf(vm: RunnableVm, id: string): string {
  const [source = '', origin] = [vm.sources[id], vm.origins?.[id]]
  return printable(origin === undefined ? source : `${source} (${origin})`)
}
