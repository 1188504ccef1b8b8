// The options of every command that reads manifests: values of their variables.
import type { Command } from 'commander'
import type { VariableInputs } from '../manifest/compose/given-values.ts'
import { VoltError } from '../volt-error.ts'

export interface VariableOptions {
  var?: string[]
  varFile?: string[]
}

/** Adds --var and --var-file. */
export function withVariables(command: Command): Command {
  return command
    .option('--var <name=value>', "value of a manifest's variable; may be given several times", collect)
    .option('--var-file <file>', 'YAML with values of variables; may be given several times', collect)
}

/** Throws USAGE for a --var without `=`. */
export function variablesOf({ var: words = [], varFile = [] }: VariableOptions): VariableInputs {
  const vars = words.map((word) => {
    const at = word.indexOf('=')
    if (at > 0) return { name: word.slice(0, at), text: word.slice(at + 1) }
    throw new VoltError('USAGE', `--var takes name=value, not '${word}'`, { hint: 'such as --var cpus=4' })
  })
  return { vars, varFiles: varFile }
}

function collect(value: string, before: string[] = []): string[] {
  return [...before, value]
}
