// What is said to a guest at its console.
import type { RunningVm } from '../../src/index.ts'

/** The machine itself, for what does not go by its console. */
export type Handle = Pick<RunningVm, 'pause' | 'resume' | 'resize'>

export interface Line {
  /** Looked for behind what the last one matched. */
  prompt: RegExp
  /** What is typed then, or what has to happen before it is known. */
  type: string | ((machine: Handle) => Promise<string>)
}

/** Reads what a guest says, and answers line by line. */
export class Dialogue {
  /** All of what was said. */
  log = ''
  readonly #lines: Line[]
  #seen = 0

  constructor(lines: readonly Line[]) {
    this.#lines = [...lines]
  }

  get isOver(): boolean {
    return this.#lines.length === 0
  }

  /** What is to be typed now, if anything. */
  async hear(said: string, machine: Handle): Promise<string> {
    this.log += said
    const [line] = this.#lines
    const prompt = line?.prompt.exec(this.log.slice(this.#seen))
    if (line === undefined || !prompt) return ''
    this.#lines.shift()
    this.#seen += prompt.index + prompt[0].length
    return typeof line.type === 'function' ? line.type(machine) : line.type
  }
}

export const SHELL = /root@volt-debian:~# /

/** Types a command; when it went well the guest says `name-2`, a number made by its shell: an echo of the line is no answer. */
export function step(name: string, command: string): Line {
  return { prompt: SHELL, type: commandOf(name, command) }
}

export function commandOf(name: string, command: string): string {
  return `${command} && ${answer(name)}\n`
}

/** A command that makes a guest say `name-2`. */
export function answer(name: string): string {
  return `echo ${name}-$((1+1))`
}

/** Answers that show each step done. */
export function answersOf(names: readonly string[]): string[] {
  return names.map((name) => `${name}-2`)
}
