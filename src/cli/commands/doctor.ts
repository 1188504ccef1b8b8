// volt doctor: whether this machine can run VMs, and what to do when it cannot.
import type { Command } from 'commander'
import type { DoctorOptions } from '../actions/doctor.ts'
import type { Context } from '../context.ts'

export function defineDoctor(program: Command, context: Context): void {
  program
    .command('doctor')
    .description('say whether this machine can run VMs, and why not')
    .option('--json', 'one JSON object on stdout')
    .option('--facts', 'only the host facts, for `volt plan --host-facts` elsewhere')
    .addHelpText('after', '\nEnds with 0 when VMs can run here, with 4 when they cannot.\n')
    .action(async (options: DoctorOptions) => {
      const { doctor } = await import('../actions/doctor.ts')
      await doctor(context, options)
    })
}
