// volt run: a VM in the foreground, nothing recorded.
import type { Command } from 'commander'
import type { RunOptions } from '../actions/run.ts'
import type { Context } from '../context.ts'
import { withLocked } from '../locked-options.ts'
import { withVariables } from '../variable-options.ts'

export function defineRun(program: Command, context: Context): void {
  withLocked(withVariables(program.command('run')))
    .description('run a VM here: its console on stdin and stdout, until the guest ends; nothing is recorded')
    .argument('<file>', 'manifest, saved plan, or - for standard input')
    .option('--vm <name>', 'which VM, where the file has several')
    .option('-q, --quiet', 'no progress')
    .option('--in-process', 'for debugging: in this process, without a sandbox')
    .addHelpText(
      'after',
      '\nEnds with the guest: 0 after power-off or reset, 20 panic, 21 triple fault, 22 KVM could not go on.\n' +
        'The machine is a jailed process of its own, by `sandbox` of its manifest, and ends with this one, however it ends.\n',
    )
    .action(async (file: string, options: RunOptions) => {
      const { run } = await import('../actions/run.ts')
      await run(context, file, options)
    })
}
