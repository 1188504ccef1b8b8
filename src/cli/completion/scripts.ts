// The scripts by shell.
import { bashScript } from './bash.ts'
import type { CommandModel } from './command-model.ts'
import { fishScript } from './fish.ts'
import { zshScript } from './zsh.ts'

export function completionScript(shell: 'bash' | 'zsh' | 'fish', model: CommandModel): string {
  return { bash: bashScript, zsh: zshScript, fish: fishScript }[shell](model)
}
