// volt build: the native part from its sources, where none of the prebuilt ones fits.
import type { Command } from 'commander'
import type { Context } from '../context.ts'

export function defineBuild(program: Command, context: Context): void {
  program
    .command('build')
    .description('build the engine from its sources, for a machine that the prebuilt one does not fit')
    .action(async () => {
      const { build } = await import('../actions/build.ts')
      await build(context)
    })
}
