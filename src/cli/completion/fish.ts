// The completion script for fish.
import { allCommands, type CommandModel, type OptionModel, type Value } from './command-model.ts'

export function fishScript(root: CommandModel): string {
  const commands = allCommands(root)
  const paths = commands.map(({ path }) => quote(path.join(' '))).join(' ')
  return `# Completion of volt for fish, written by \`volt completion fish\`: volt completion fish | source

set -g __volt_paths ${paths}

# Succeeds where the command line so far is of the command of that path.
function __volt_at
    set -l path volt
    for word in (commandline -opc)[2..]
        contains -- "$path $word" $__volt_paths; and set path "$path $word"
    end
    test "$path" = "$argv"
end

complete -c volt -f
${commands.map(linesOf).join('')}`
}

function linesOf({ path, commands, options, arguments: list }: CommandModel): string {
  const begin = `complete -c volt -n ${quote(`__volt_at ${path.join(' ')}`)}`
  const inner = commands.map((one) => `${begin} -a ${quote(one.path.at(-1) ?? '')} -d ${quote(one.description)}\n`)
  const kinds = [...new Map(list.map(({ value }) => [argumentsOf(value), value])).keys()].filter((kind) => kind !== '')
  return [
    ...inner,
    ...options.map((option) => `${begin}${flagsOf(option)} -d ${quote(option.description)}\n`),
    ...kinds.map((kind) => `${begin}${kind}\n`),
  ].join('')
}

function flagsOf({ flags, value }: OptionModel): string {
  const names = flags.map((flag) => (flag.startsWith('--') ? ` -l ${flag.slice(2)}` : ` -s ${flag.slice(1)}`))
  if (value === undefined) return names.join('')
  return `${names.join('')} ${value === 'file' ? '-r -F' : `-x${argumentsOf(value)}`}`
}

/** ` -a …`; empty for free text. */
function argumentsOf(value: Value): string {
  if (value === 'free') return ''
  if (value === 'file') return ' -F'
  if (value === 'directory') return ` -a ${quote('(__fish_complete_directories)')}`
  if (typeof value !== 'string') return ` -a ${quote(value.words.join(' '))}`
  return ` -a ${quote(`(volt __complete ${value} -- (commandline -ct) 2>/dev/null)`)}`
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
