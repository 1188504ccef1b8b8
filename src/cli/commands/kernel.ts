// volt kernel: the store of kernels that manifests name.
import { Option, type Command } from 'commander'
import type { ImportOptions, PullOptions } from '../actions/kernel-import.ts'
import type { JsonOption } from '../actions/kernel-show.ts'
import type { PruneOptions } from '../actions/kernel-remove.ts'
import type { Context } from '../context.ts'

const EXAMPLES = `
A manifest names one as \`kernel: { image: debian-cloud@6.1 }\`: the newest version that begins so.
They are kept in $XDG_DATA_HOME/volt (~/.local/share/volt), for all projects.
`

export function defineKernel(program: Command, context: Context): void {
  const kernel = program
    .command('kernel')
    .description('keep kernels by name: unpacked once, so that no boot has to')
    .addHelpText('after', EXAMPLES)
  defineAdding(kernel, context)
  defineShowing(kernel, context)
  defineRemoving(kernel, context)
}

const json = (): Option => new Option('--json', 'one JSON object on stdout, no progress')
const asIs = (): Option => new Option('--as-is', 'keep a bzImage packed: it unpacks itself at each boot')

function defineAdding(kernel: Command, context: Context): void {
  kernel
    .command('import')
    .description('take in a bzImage, an ELF or a Debian package')
    .argument('<file>', 'vmlinuz, vmlinux or linux-image-….deb')
    .requiredOption('--name <name>', 'NAME or NAME@VERSION; the version is by default what the kernel says')
    .option('--replace', 'in place of another kernel of that name and version')
    .addOption(asIs())
    .addOption(json())
    .action(async (file: string, options: ImportOptions) => {
      const { importFile } = await import('../actions/kernel-import.ts')
      await importFile(context, file, options)
    })
  kernel
    .command('pull')
    .description("fetch one of Debian's kernels by apt, which checks its signature")
    .argument('<name>', 'debian or debian-cloud, with @VERSION or the newest')
    .addOption(asIs())
    .addOption(json())
    .action(async (name: string, options: PullOptions) => {
      const { pull } = await import('../actions/kernel-import.ts')
      await pull(context, name, options)
    })
}

function defineShowing(kernel: Command, context: Context): void {
  kernel
    .command('ls')
    .description('list what is there')
    .option('-q, --quiet', 'names only, one a line')
    .addOption(json())
    .action(async (options: JsonOption & { quiet?: true }) => {
      const { list } = await import('../actions/kernel-show.ts')
      await list(context, options)
    })
  kernel
    .command('inspect')
    .description('where a kernel came from, and what it can do in a machine')
    .argument('<name>', 'NAME or NAME@VERSION')
    .addOption(json())
    .action(async (name: string, options: JsonOption) => {
      const { inspectKernel } = await import('../actions/kernel-show.ts')
      await inspectKernel(context, name, options)
    })
}

function defineRemoving(kernel: Command, context: Context): void {
  kernel
    .command('rm')
    .description('forget a kernel; machines that were started with it keep it')
    .argument('<name>', 'NAME or NAME@VERSION')
    .addOption(json())
    .action(async (name: string, options: JsonOption) => {
      const { remove } = await import('../actions/kernel-remove.ts')
      await remove(context, name, options)
    })
  kernel
    .command('prune')
    .description(
      'remove kernels, initrds and disks that no machine was started with, and what imports left; says how much',
    )
    .option('--dry-run', 'only say what would go')
    .option('--yes', 'agree beforehand, as there may be nobody to ask')
    .addOption(json())
    .action(async (options: PruneOptions) => {
      const { prune } = await import('../actions/kernel-remove.ts')
      await prune(context, options)
    })
}
