// What `volt kernel import` and `volt kernel pull` do.
import { importKernel, type ImportedKernel } from '../../store/import-kernel.ts'
import { formatKernelName } from '../../store/kernel-name.ts'
import { pullKernel } from '../../store/pull-kernel.ts'
import { userStore } from '../../store/store-place.ts'
import type { KernelPacking } from '../../store/unpack-kernel.ts'
import type { Context } from '../context.ts'
import { lockOptions } from '../lock-options.ts'
import { createProgress, type Progress } from '../progress.ts'
import type { StageReport } from '../stage.ts'
import { printable } from '../render/display-text.ts'
import { formatSize } from '../render/units.ts'

export interface ImportOptions {
  name: string
  replace?: true
  asIs?: true
  json?: true
}

export interface PullOptions {
  asIs?: true
  json?: true
}

export async function importFile(context: Context, file: string, options: ImportOptions): Promise<void> {
  const { name, replace = false, asIs = false } = options
  await show(context, options, `Import ${file}`, async (report, progress) => {
    const request = { file, directory: process.cwd(), name, replace, asIs, onUnpack: unpacking(report) }
    return importKernel(userStore(), request, lockOptions(context, progress, 'the store'))
  })
}

export async function pull(context: Context, reference: string, options: PullOptions): Promise<void> {
  await show(context, options, `Pull ${reference}`, async (report, progress) => {
    const onStep = (text: string) => report.title(`Pull ${reference}: ${text}`)
    const request = { reference, asIs: options.asIs === true, onStep, onUnpack: unpacking(report) }
    return pullKernel(userStore(), request, lockOptions(context, progress, 'the store'))
  })
}

function unpacking(report: StageReport): (packing: KernelPacking) => void {
  return (packing) => report.title(packing === 'none' ? 'Take the kernel out' : `Unpack the kernel (${packing})`)
}

async function show(
  context: Context,
  options: { json?: true },
  title: string,
  body: (report: StageReport, progress: Progress) => Promise<ImportedKernel>,
): Promise<void> {
  const progress = createProgress(context, { silent: options.json === true })
  const { record, outcome, note } = await context.interruption.guard(() =>
    progress.stage(printable(title), async (report) => {
      const done = await body(report, progress)
      report.title(printable(sentence(done)))
      if (done.note !== undefined) report.detail(done.note)
      return done
    }),
  )
  if (!options.json) return context.stdout.line(formatKernelName(record))
  const answer = { formatVersion: 1, outcome, ...(note !== undefined && { note }), kernel: record }
  await context.stdout.write(JSON.stringify(answer, undefined, 2) + '\n')
}

function sentence({ record, outcome }: ImportedKernel): string {
  const { origin, size, format } = record
  const what = format === 'elf' ? 'vmlinux' : 'bzImage'
  const from = origin.packing === undefined || origin.packing === 'none' ? '' : `, unpacked from ${origin.packing}`
  const how = { added: 'Stored', replaced: 'Replaced', unchanged: 'Already there:' }[outcome]
  return `${how} ${formatKernelName(record)}: ${what} of ${formatSize(size)}${from}`
}
