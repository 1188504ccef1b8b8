// What `volt kernel ls` and `volt kernel inspect` do.
import type { KernelAbility } from '../../kernel/kernel-abilities.ts'
import { kernelAbilities } from '../../kernel/kernel-abilities.ts'
import type { KernelImage } from '../../kernel/image.ts'
import { findKernel } from '../../store/find-kernel.ts'
import { formatKernelName } from '../../store/kernel-name.ts'
import { readKernels, type KernelModules, type KernelRecord } from '../../store/kernel-record.ts'
import { openStored, readStoredConfig } from '../../store/read-stored.ts'
import { blobPath, userStore } from '../../store/store-place.ts'
import type { Context } from '../context.ts'
import { printable } from '../render/display-text.ts'
import { renderTable } from '../render/table.ts'
import { formatSize } from '../render/units.ts'

export interface JsonOption {
  json?: true
}

const DIGEST_SHOWN = 12

export async function list({ stdout, stderr }: Context, { json, quiet }: JsonOption & { quiet?: true }): Promise<void> {
  const kernels = await readKernels(userStore())
  if (json) return void (await stdout.write(JSON.stringify({ formatVersion: 1, kernels }, undefined, 2) + '\n'))
  if (quiet) return stdout.write(kernels.map((kernel) => formatKernelName(kernel) + '\n').join(''))
  if (kernels.length === 0) return stderr.line('no kernels; `volt kernel pull debian-cloud` fetches one')
  const rows = kernels.map((kernel) => [
    kernel.name,
    kernel.version,
    kernel.format === 'elf' ? 'vmlinux' : 'bzImage',
    formatSize(kernel.size),
    kernel.sha256.slice(0, DIGEST_SHOWN),
    kernel.importedAt.slice(0, 10),
  ])
  const table = renderTable([['NAME', 'VERSION', 'KIND', 'SIZE', 'SHA256', 'IMPORTED'], ...rows])
  const [first = '', ...lines] = table.split('\n')
  await stdout.write([stdout.style.bold(first), ...lines].join('\n'))
}

/** Reads the whole kernel again, so that one that was damaged on the disk is found. */
export async function inspectKernel({ stdout }: Context, reference: string, { json }: JsonOption): Promise<void> {
  const store = userStore()
  const record = await findKernel(reference, store)
  const { image, handle } = await openStored(store, record)
  await handle.close()
  const abilities = kernelAbilities(image, await readStoredConfig(store, record))
  const path = blobPath(store, record.sha256)
  const processors = image.config?.NR_CPUS
  const answer = { ...record, path, ...(processors !== undefined && { processors }), abilities }
  const text = JSON.stringify({ formatVersion: 1, kernel: answer }, undefined, 2) + '\n'
  await stdout.write(json ? text : factsOf(record, image, path) + abilitiesOf(abilities))
}

function factsOf(record: KernelRecord, image: KernelImage, path: string): string {
  const { origin, config, modules, release, importedAt } = record
  const packing = origin.packing === undefined || origin.packing === 'none' ? '' : `, packed by ${origin.packing}`
  const from = origin.package === undefined ? '' : ` (${origin.package.name} ${origin.package.version})`
  const processors = image.config?.NR_CPUS
  const rows = [
    ['kernel', formatKernelName(record)],
    ...(release === undefined ? [] : [['release', release]]),
    ['kind', record.format === 'elf' ? 'vmlinux (ELF)' : 'bzImage'],
    ['size', `${formatSize(record.size)} (${record.size} bytes)`],
    ['sha256', record.sha256],
    ['file', path],
    ['imported', `${importedAt}, from ${origin.file}${from}`],
    ['it was', `${origin.size} bytes, sha256 ${origin.sha256}${packing}`],
    ['modules', modulesOf(modules)],
    ['configuration', config === undefined ? 'not known' : config.source],
    ...(processors === undefined ? [] : [['processors', `up to ${processors}`]]),
  ]
  return renderTable(rows.map((row) => row.map(printable)))
}

function modulesOf(modules: KernelModules | undefined): string {
  if (modules === undefined) return 'none: they come with a Debian package'
  return `${modules.count} (${formatSize(modules.files.size)}), and ${modules.builtin} in the kernel itself`
}

const ANSWERS = { yes: 'yes', module: 'as a module', no: 'no', unknown: 'not known' } as const

function abilitiesOf(abilities: readonly KernelAbility[]): string {
  const rows = abilities.map(({ what, answer, settings }) => [
    what,
    ANSWERS[answer],
    settings.map((name) => `CONFIG_${name}`).join(', '),
  ])
  return `\nCan it …\n${renderTable(rows, '  ')}`
}
