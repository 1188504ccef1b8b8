// What a shell has to know of the commands, read from commander's tree: a new command is completed by itself.
import type { Argument, Command, Option } from 'commander'

/** What `volt __complete` finds at the time of asking. */
export const DYNAMIC = ['vm', 'project', 'manifest', 'target', 'declared', 'field'] as const
export type Dynamic = (typeof DYNAMIC)[number]

export type Value = { words: readonly string[] } | 'file' | 'directory' | 'free' | Dynamic

export interface OptionModel {
  /** `-o`, `--output`. */
  flags: string[]
  description: string
  /** Absent where it takes none. */
  value?: Value
}

export interface ArgumentModel {
  name: string
  value: Value
  variadic: boolean
}

export interface CommandModel {
  /** `['volt', 'export', 'systemd']`. */
  path: string[]
  description: string
  options: OptionModel[]
  arguments: ArgumentModel[]
  commands: CommandModel[]
}

/** What arguments and the values of options are by the names that help gives them; others are free text. */
const ARGUMENTS: Readonly<Record<string, Value>> = { file: 'manifest', name: 'vm', target: 'target', field: 'field' }
const VALUES: Readonly<Record<string, Value>> = { file: 'file', path: 'file', image: 'file', directory: 'directory' }
const OPTIONS: Readonly<Record<string, Value>> = { '--vm': 'declared', '--project': 'project', '--against': 'manifest' }

export function modelOf(command: Command, before: readonly string[] = []): CommandModel {
  const help = command.createHelp()
  const path = [...before, command.name()]
  return {
    path,
    description: command.description(),
    options: help.visibleOptions(command).map(optionOf),
    arguments: command.registeredArguments.map(argumentOf),
    commands: help
      .visibleCommands(command)
      .filter((inner) => inner.name() !== 'help')
      .map((inner) => modelOf(inner, path)),
  }
}

/** The command and all below it. */
export function allCommands(model: CommandModel): CommandModel[] {
  return [model, ...model.commands.flatMap(allCommands)]
}

function optionOf({ flags, short, long, description, argChoices, required, optional }: Option): OptionModel {
  const names = [short, long].filter((flag) => flag !== undefined)
  const [, name = ''] = /[<[]([^>\].]+)/.exec(flags) ?? []
  const value = argChoices === undefined ? (OPTIONS[long ?? ''] ?? VALUES[name] ?? 'free') : { words: argChoices }
  return { flags: names, description, ...((required || optional) && { value }) }
}

function argumentOf(argument: Argument): ArgumentModel {
  const { argChoices, variadic } = argument
  const name = argument.name()
  return { name, variadic, value: argChoices === undefined ? (ARGUMENTS[name] ?? 'free') : { words: argChoices } }
}
