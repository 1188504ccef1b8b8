// What is wrong with the options of a command line, all of it at once; commander ends at the first.
import type { Command, Option } from 'commander'
import { VoltError } from '../volt-error.ts'

/**
 * `args` begin with the words of a command. One mistake is left to commander, which suggests what was meant. Throws USAGE
 * for several options that are not known, or that are missing.
 */
export function checkOptions(program: Command, args: readonly string[]): void {
  const { command, options, rest } = commandOf(program, args)
  const { given, unknown } = scan(rest, options)
  if (unknown.some((flag) => flag === '--help' || flag === '-h')) return
  const missing = command.options.filter((option) => option.mandatory && !given.has(option))
  if (unknown.length + missing.length < 2) return
  const found = [
    ...(unknown.length === 0 ? [] : [`not known: ${unknown.join(', ')}`]),
    ...(missing.length === 0 ? [] : [`missing: ${missing.map(({ flags }) => flags).join('; ')}`]),
  ]
  throw new VoltError('USAGE', `options are wrong: ${found.join('; ')}`, {
    hint: `\`volt ${[...wordsOf(command), '--help'].join(' ')}\` shows what there is`,
  })
}

/** The innermost command that the first words name, its options with those of what it is in, and the words behind. */
function commandOf(program: Command, args: readonly string[]): { command: Command; options: Option[]; rest: string[] } {
  let command = program
  const options = [...program.options]
  const rest = [...args]
  for (;;) {
    const inner = command.commands.find((each) => each.name() === rest[0])
    if (inner === undefined) return { command, options, rest }
    options.push(...inner.options)
    command = inner
    rest.shift()
  }
}

/** Short options are looked at where they stand alone. */
function scan(words: readonly string[], options: readonly Option[]): { given: Set<Option>; unknown: string[] } {
  const given = new Set<Option>()
  const unknown: string[] = []
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? ''
    if (word === '--') break
    if (!word.startsWith('-') || word === '-') continue
    const [flag = ''] = word.startsWith('--') ? word.split('=') : [word.slice(0, 2)]
    const option = options.find(({ short, long }) => flag === short || flag === long)
    if (option === undefined) unknown.push(flag)
    else given.add(option)
    // Its value may begin with a hyphen.
    if (option?.required && word === flag) index++
  }
  return { given, unknown }
}

function wordsOf(command: Command): string[] {
  return command.parent === null ? [] : [...wordsOf(command.parent), command.name()]
}
