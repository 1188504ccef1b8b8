// The completion script for zsh: a function for each command, which _arguments completes.
import { allCommands, type ArgumentModel, type CommandModel, type OptionModel, type Value } from './command-model.ts'

export function zshScript(root: CommandModel): string {
  return `#compdef volt
# Completion of volt for zsh, written by \`volt completion zsh\`: source <(volt completion zsh), after compinit

# Adds what volt finds now: machines, projects, manifests, fields.
_volt_words() {
  local line word
  local -a names directories
  for line in "\${(@f)$(volt __complete $1 -- "\${(Q)PREFIX}" 2>/dev/null)}"; do
    word=\${line%%$'\\t'*}
    if [[ $word == */ ]]; then directories+=("$word"); elif [[ -n $word ]]; then names+=("$word"); fi
  done
  (( $#names )) && compadd -- $names
  (( $#directories )) && compadd -S '' -- $directories
  (( $#names + $#directories ))
}

${allCommands(root).map(functionOf).join('\n')}
if [[ $funcstack[1] == _volt ]]; then _volt "$@"; else compdef _volt volt; fi
`
}

function functionOf({ path, commands, options, arguments: list }: CommandModel): string {
  const specs = options.flatMap(optionSpecs)
  const name = functionName(path)
  if (commands.length === 0) {
    return `${name}() {\n  _arguments -s -S${lines([...specs, ...list.map(argumentSpec)])}\n}\n`
  }
  const described = commands.map((one) => quote(`${one.path.at(-1)}:${one.description.replaceAll(':', '\\:')}`))
  const cases = commands.map((one) => `      ${one.path.at(-1)}) ${functionName(one.path)} ;;\n`)
  return `${name}_commands() {
  local -a commands=(${lines(described, '')}
  )
  _describe command commands
}

${name}() {
  local curcontext=$curcontext state line ret=1
  typeset -A opt_args
  _arguments -C -S${lines([...specs, quote(`1:command:${name}_commands`), quote('*::argument:->inner')])} && ret=0
  if [[ $state == inner ]]; then
    case $words[1] in
${cases.join('')}    esac && ret=0
  fi
  return ret
}
`
}

function functionName(path: readonly string[]): string {
  return `_${path.join('_').replaceAll('-', '_')}`
}

function lines(words: readonly string[], continued = ' \\'): string {
  return words.map((word) => `${continued}\n    ${word}`).join('')
}

/** One for each of its flags, which exclude each other. */
function optionSpecs({ flags, description, value }: OptionModel): string[] {
  const text = description.replaceAll('[', '(').replaceAll(']', ')')
  const takes = value === undefined ? '' : `:value:${actionOf(value)}`
  return flags.map((flag) => {
    const sign = value === undefined ? '' : flag.startsWith('--') ? '=' : '+'
    return quote(`(${flags.join(' ')})${flag}${sign}[${text}]${takes}`)
  })
}

function argumentSpec({ name, value, variadic }: ArgumentModel): string {
  return quote(`${variadic ? '*' : ''}:${name}:${actionOf(value)}`)
}

function actionOf(value: Value): string {
  if (value === 'free') return ' '
  if (value === 'file') return '_files'
  if (value === 'directory') return '_files -/'
  return typeof value === 'string' ? ` _volt_words ${value}` : `(${value.words.join(' ')})`
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
