// volt init: a first manifest.
import type { Command } from 'commander'
import type { InitOptions } from '../actions/init.ts'
import type { Context } from '../context.ts'

export function defineInit(program: Command, context: Context): void {
  program
    .command('init')
    .description('write a manifest to begin with, and the schema for your editor beside it')
    .argument('[file]', 'the manifest to write', 'vm.yaml')
    .option('--name <name>', "the machine's name; by default the directory's")
    .option(
      '--kernel <image>',
      'path of a kernel, a name such as debian-cloud@6.1, or builtin:hello (default: builtin:hello)',
    )
    .option('--initrd <path>', 'path of an initial RAM disk, or of a directory that becomes one')
    .option('--cmdline <words>', 'kernel command line')
    .option('--vcpus <count>', 'processors')
    .option('--memory <size>', 'such as 512MiB')
    .option('--disk <path>', 'raw image of a root disk; it stays as it is, writes go to an overlay')
    .option('--network', "a network through passt, by which the guest reaches the host's networks")
    .option('--no-schema', 'no volt.schema.json beside the manifest, and no line that names it')
    .option('--force', 'replace a manifest that is there')
    .option('-y, --yes', 'ask nothing, at a terminal either')
    .addHelpText('after', '\nAt a terminal it asks for what no option says; elsewhere defaults are taken.\n')
    .action(async (file: string, options: InitOptions) => {
      const { init } = await import('../actions/init.ts')
      await init(context, file, options)
    })
}
