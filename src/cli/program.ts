// The tree of commands.
import { Command } from 'commander'
import { defineApply } from './commands/apply.ts'
import { defineConsole } from './commands/console.ts'
import { defineDestroy } from './commands/destroy.ts'
import { defineDoctor } from './commands/doctor.ts'
import { defineExport } from './commands/export.ts'
import { defineEvents } from './commands/events.ts'
import { defineInspect } from './commands/inspect.ts'
import { defineLogs } from './commands/logs.ts'
import { definePause } from './commands/pause.ts'
import { definePlan } from './commands/plan.ts'
import { definePs } from './commands/ps.ts'
import { defineRestart } from './commands/restart.ts'
import { defineRun } from './commands/run.ts'
import { defineSchema } from './commands/schema.ts'
import { defineSet } from './commands/set.ts'
import { defineStop } from './commands/stop.ts'
import { defineValidate } from './commands/validate.ts'
import { defineWait } from './commands/wait.ts'
import type { Context } from './context.ts'
import { packageVersion } from './package-version.ts'

const EXAMPLES = `
Examples:
  volt doctor                     can this machine run VMs, and if not, why
  volt validate vm.yaml           check a manifest, without KVM
  volt plan vm.yaml               what would change, and the machine byte by byte
  volt run vm.yaml                run it here; Ctrl-] ends it
  volt apply vm.yaml              make it so, in the background
  volt ps                         what runs
  volt logs -f web                follow a console
  volt console web                type to it, too; Ctrl-] detaches
  volt wait web --for ready       until it does what it is for
  volt inspect web                what its devices have done
  volt set web balloon=256MiB     change it while it runs
  volt pause web                  stop it where it is; volt resume web lets it go on
  volt stop web                   press its power button, end it when it does not obey
  volt destroy web                end it and forget it

A manifest:
  apiVersion: volt/v1
  kind: MicroVM
  metadata: { name: hello }
  kernel: { image: builtin:hello }
  vcpus: 2
`

const EXIT_CODES = `
Exit codes:
  0 ok, 1 failed, 2 changes pending (plan --detailed-exitcode), 3 manifest or plan invalid,
  4 host cannot run VMs, 6 not ready in time, 7 stale plan or locked state, 20 guest panic, 21 triple fault,
  22 KVM could not go on, 64 wrong usage, 130 and 143 interrupted

Environment:
  VOLT_KVM         device to use instead of /dev/kvm
  VOLT_VIRTIOFSD   virtiofsd for shares, instead of the one that is installed
  XDG_STATE_HOME   where records of running VMs are kept (~/.local/state)
  NO_COLOR, FORCE_COLOR   switch colours off or on
`

/** The whole program; its actions set the context's exit code. */
export function createProgram(context: Context): Command {
  const { stdout, stderr } = context
  const program = new Command('volt')
    .description('Virtual machines as version-controlled YAML')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .exitOverride()
    .showHelpAfterError('(volt --help shows what there is)')
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void (context.json || stderr.write(text)),
      getOutHelpWidth: () => stdout.columns,
      getErrHelpWidth: () => stderr.columns,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .addHelpText('after', EXAMPLES + EXIT_CODES)
  defineRun(program, context)
  defineApply(program, context)
  definePlan(program, context)
  defineValidate(program, context)
  definePs(program, context)
  defineLogs(program, context)
  defineConsole(program, context)
  defineEvents(program, context)
  defineWait(program, context)
  defineInspect(program, context)
  defineSet(program, context)
  definePause(program, context)
  defineRestart(program, context)
  defineStop(program, context)
  defineDestroy(program, context)
  defineExport(program, context)
  defineDoctor(program, context)
  defineSchema(program, context)
  program
    .command('version')
    .description('print the version')
    .action(() => stdout.line(packageVersion()))
  return program
}
