// The completion script for bash.
import { allCommands, type CommandModel, type Value } from './command-model.ts'

export function bashScript(root: CommandModel): string {
  const commands = allCommands(root)
  const tables = commands.map(({ path, commands: inner, options, arguments: list }) => {
    const values = list.map(({ value, variadic }) => quote((variadic ? '*' : '') + kindOf(value)))
    const assignments = [
      `_volt_commands=${quote(inner.map((one) => one.path.at(-1)).join(' '))}`,
      `_volt_options=${quote(options.flatMap(({ flags }) => flags).join(' '))}`,
      `_volt_arguments=(${values.join(' ')})`,
    ]
    return `    ${quote(path.join(' '))}) ${assignments.join(' ')} ;;\n`
  })
  const values = commands.flatMap(({ path, options }) =>
    options.flatMap(({ flags, value }) => {
      if (value === undefined) return []
      const patterns = flags.map((flag) => quote(`${path.join(' ')} ${flag}`)).join('|')
      return [`    ${patterns}) _volt_kind=${quote(kindOf(value))} ;;\n`]
    }),
  )
  return `# Completion of volt for bash, written by \`volt completion bash\`: eval "$(volt completion bash)"

# Sets what the command of that path has.
_volt_describe() {
  case $1 in
${tables.join('')}  esac
}

# Sets the kind of the value that an option of a command takes; fails where it takes none.
_volt_value() {
  _volt_kind=
  case "$1 $2" in
${values.join('')}    *) return 1 ;;
  esac
}

# Fills COMPREPLY with what is of that kind and begins with the second word.
_volt_reply() {
  local line
  case $1 in
    free) ;;
    words\\ *) mapfile -t COMPREPLY < <(compgen -W "\${1#words }" -- "$2") ;;
    file) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$2") ;;
    directory) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$2") ;;
    *)
      case $1 in manifest|target) compopt -o filenames 2>/dev/null ;; esac
      while IFS= read -r line; do
        line=\${line%%$'\\t'*}
        COMPREPLY+=("\${line%/}")
      done < <(volt __complete "$1" -- "$2" 2>/dev/null)
      ;;
  esac
}

_volt() {
  local cur=\${COMP_WORDS[COMP_CWORD]} path=volt word option= skip= index
  local -i count=0
  local _volt_commands _volt_options _volt_kind
  local -a _volt_arguments
  COMPREPLY=()
  _volt_describe "$path"
  for ((index = 1; index < COMP_CWORD; index++)); do
    word=\${COMP_WORDS[index]}
    if [[ $word == '=' ]]; then
      skip=yes
    elif [[ -n $skip ]]; then
      skip= option=
    elif [[ $word == -* ]]; then
      if _volt_value "$path" "$word"; then skip=yes option=$word; fi
    elif [[ $count -eq 0 && " $_volt_commands " == *" $word "* ]]; then
      path+=" $word"
      _volt_describe "$path"
    else
      count+=1
    fi
  done
  [[ $cur == '=' ]] && cur=
  if [[ -n $skip ]] && _volt_value "$path" "$option"; then
    _volt_reply "$_volt_kind" "$cur"
  elif [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$_volt_options" -- "$cur")
  elif [[ $count -eq 0 && -n $_volt_commands ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$_volt_commands" -- "$cur")
  elif [[ \${#_volt_arguments[@]} -gt 0 ]]; then
    index=$((count < \${#_volt_arguments[@]} ? count : \${#_volt_arguments[@]} - 1))
    word=\${_volt_arguments[index]}
    if [[ $index -eq $count || $word == '*'* ]]; then _volt_reply "\${word#\\*}" "$cur"; fi
  fi
}

complete -F _volt volt
`
}

function kindOf(value: Value): string {
  return typeof value === 'string' ? value : `words ${value.words.join(' ')}`
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
