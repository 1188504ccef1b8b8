// The tree of commands.
import { Command, CommanderError } from 'commander'
import { defineAgent } from './commands/agent.ts'
import { defineApply } from './commands/apply.ts'
import { defineCompletion } from './commands/completion.ts'
import { defineBuild } from './commands/build.ts'
import { defineConsole } from './commands/console.ts'
import { defineDestroy } from './commands/destroy.ts'
import { defineDoctor } from './commands/doctor.ts'
import { defineExec } from './commands/exec.ts'
import { defineExport } from './commands/export.ts'
import { defineExplain } from './commands/explain.ts'
import { defineEvents } from './commands/events.ts'
import { defineFmt } from './commands/fmt.ts'
import { defineInit } from './commands/init.ts'
import { defineInspect } from './commands/inspect.ts'
import { defineKernel } from './commands/kernel.ts'
import { defineLock } from './commands/lock.ts'
import { defineLogs } from './commands/logs.ts'
import { definePause } from './commands/pause.ts'
import { definePlan } from './commands/plan.ts'
import { definePs } from './commands/ps.ts'
import { defineRestart } from './commands/restart.ts'
import { defineRun } from './commands/run.ts'
import { defineSchema } from './commands/schema.ts'
import { defineSet } from './commands/set.ts'
import { defineShell } from './commands/shell.ts'
import { defineStop } from './commands/stop.ts'
import { defineTimeline } from './commands/timeline.ts'
import { defineValidate } from './commands/validate.ts'
import { defineWait } from './commands/wait.ts'
import type { Context } from './context.ts'
import { EXIT } from './exit-codes.ts'
import { versionLines } from './package-version.ts'

const EXAMPLES = `
Examples:
  volt init                       write a first manifest
  volt doctor                     can this machine run VMs, and if not, why
  volt validate vm.yaml           check a manifest, without KVM
  volt plan vm.yaml               what would change, and the machine byte by byte
  volt lock vm.yaml               write down what it is made from, by content
  volt run vm.yaml                run it here; Ctrl-] ends it
  volt apply vm.yaml              make it so, in the background
  volt ps                         what runs
  volt logs -f web                follow a console
  volt console web                type to it, too; Ctrl-] detaches
  volt exec web -- uname -r       run a command in it, where it carries volt-agent
  volt wait web --for ready       until it does what it is for
  volt inspect web                what its devices have done
  volt set web balloon=256MiB     change it while it runs
  volt timeline web               how its boot went, stage by stage
  volt pause web                  stop it where it is; volt resume web lets it go on
  volt stop web                   press its power button, end it when it does not obey
  volt destroy web                end it and forget it
  volt kernel pull debian-cloud   fetch a kernel that manifests can name

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
  4 host cannot run VMs, 5 not what volt.lock says, 6 not ready in time, 7 stale plan or locked state, 20 guest panic, 21 triple fault,
  22 KVM could not go on, 64 wrong usage, 126 and 127 a command in a guest cannot run, 130 and 143 interrupted

Environment:
  VOLT_KVM         device to use instead of /dev/kvm
  VOLT_VIRTIOFSD   virtiofsd for shares, instead of the one that is installed
  XDG_STATE_HOME   where records of running VMs are kept (~/.local/state)
  XDG_DATA_HOME    where kernels are kept (~/.local/share)
  NO_COLOR, FORCE_COLOR   switch colours off or on
`

const VERSION_HELP = 'print the versions of the package, the engine and the formats'

/** The whole program; its actions set the context's exit code. */
export function createProgram(context: Context): Command {
  const { stdout, stderr } = context
  const program = new Command('volt')
    .description('Virtual machines as version-controlled YAML')
    .option('-V, --version', VERSION_HELP)
    .on('option:version', () => {
      void stdout.write(`${versionLines()}\n`)
      throw new CommanderError(EXIT.ok, 'commander.version', '')
    })
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
  defineLock(program, context)
  definePs(program, context)
  defineLogs(program, context)
  defineConsole(program, context)
  defineExec(program, context)
  defineShell(program, context)
  defineEvents(program, context)
  defineTimeline(program, context)
  defineWait(program, context)
  defineInspect(program, context)
  defineSet(program, context)
  definePause(program, context)
  defineRestart(program, context)
  defineStop(program, context)
  defineDestroy(program, context)
  defineKernel(program, context)
  defineExport(program, context)
  defineAgent(program, context)
  defineInit(program, context)
  defineFmt(program, context)
  defineExplain(program, context)
  defineDoctor(program, context)
  defineSchema(program, context)
  defineCompletion(program, context)
  defineBuild(program, context)
  program
    .command('version')
    .description(VERSION_HELP)
    .action(() => stdout.line(versionLines()))
  return program
}
