// What `volt logs` does.
import { findVm } from '../../run/find-vm.ts'
import { followFile, readWhole } from '../../run/follow-file.ts'
import { readStatus } from '../../state/vm-state.ts'
import type { Context } from '../context.ts'
import { copyOut } from '../copy-out.ts'
import { tamed } from '../render/tame-console.ts'

export interface LogsOptions {
  follow?: true
  raw?: true
  project?: string
}

export async function logs(context: Context, name: string, options: LogsOptions): Promise<void> {
  const { project } = await findVm(name, options.project, process.cwd())
  const { files } = await readStatus(project, name)
  const ended = async (): Promise<boolean> => (await readStatus(project, name)).state.kind !== 'running'
  const { signal } = context.interruption
  const older = files.olderConsole
  const chunks = options.follow ? followFile(files.console, ended, { signal, older }) : readWhole(files.console, older)
  // What a guest writes may tell a terminal to do anything, and nobody attached to it here.
  await copyOut(context, context.stdout.isTTY && !options.raw ? tamed(chunks) : chunks)
}
