// What `volt shell` does.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { constants } from 'node:os'
import { findProgram } from '../../host/find-program.ts'
import { findVm, type FoundVm } from '../../run/find-vm.ts'
import { connectToGuest, requireVsockSocket, vsockSocketOf } from '../../run/reach-agent.ts'
import { readSavedPlan } from '../../run/runnable-vm.ts'
import { requireRunning } from '../../run/running-vm.ts'
import { sshPlaceOf, type SshPlace } from '../../run/ssh-port.ts'
import type { VmFiles } from '../../state/vm-files.ts'
import { VoltError } from '../../volt-error.ts'
import type { Way } from '../commands/shell.ts'
import type { Context } from '../context.ts'
import { converseInGuest, exitCodeOfEnd } from '../converse-in-guest.ts'
import type { EscapeKey } from '../escape-key.ts'
import { terminalRequest } from '../terminal-request.ts'
import { attachToConsole } from './console.ts'

export interface ShellOptions {
  by?: Way
  user?: string
  escape: EscapeKey
  project?: string
}

const SHELL = ['/bin/sh', '-l']

export async function shell(context: Context, name: string, options: ShellOptions): Promise<void> {
  const terminal = terminalRequest()
  const vm = await findVm(name, options.project, process.cwd())
  const { files } = await requireRunning(vm)
  const { by } = options
  if (by === undefined || by === 'agent') {
    const socket = await reachAgent(name, files, by === 'agent')
    if (socket !== undefined) return byAgent(context, name, socket, terminal, options.escape)
  }
  if (by === undefined || by === 'ssh') {
    const place = await findSsh(name, files, by === 'ssh')
    if (place !== undefined) return bySsh(context, vm, place, options.user)
  }
  await context.stderr.line(`${name}: by its console`)
  await attachToConsole(context, name, options)
}

/** Undefined where there is none and it is not `wanted`. Throws NO_SUCH_DEVICE or NO_AGENT. */
async function reachAgent(name: string, files: VmFiles, wanted: boolean): Promise<Socket | undefined> {
  const path = wanted ? await requireVsockSocket(name, files) : await vsockSocketOf(files)
  if (path === undefined) return undefined
  try {
    return await connectToGuest(path)
  } catch (error) {
    if (wanted || !(error instanceof VoltError) || error.code !== 'NO_AGENT') throw error
    return undefined
  }
}

async function byAgent(
  context: Context,
  name: string,
  socket: Socket,
  terminal: ReturnType<typeof terminalRequest>,
  escape: EscapeKey,
): Promise<void> {
  const leaving = escape.byte === undefined ? '' : `; ${escape.name} leaves`
  await context.stderr.line(`${name}: a shell by its agent${leaving}`)
  const end = await converseInGuest(
    context,
    socket,
    { ...terminal, words: SHELL },
    {
      input: escape,
      take: ({ bytes }) => context.stdout.write(bytes),
    },
  )
  if (end === undefined) return context.stderr.line(`\nleft ${name}: the shell is ended`)
  context.exitCode = exitCodeOfEnd(end)
}

/** Undefined where no port leads there and it is not `wanted`. Throws NO_SUCH_DEVICE. */
async function findSsh(name: string, files: VmFiles, wanted: boolean): Promise<SshPlace | undefined> {
  const { plan, sources } = await readSavedPlan(files.plan)
  const place = plan === undefined || sources === undefined ? undefined : sshPlaceOf({ plan, sources })
  if (place !== undefined || !wanted) return place
  throw new VoltError('NO_SUCH_DEVICE', `no port of the host leads to port 22 of the machine '${name}'`, {
    hint: 'networks: [{ name: net, user: { ports: ["127.0.0.1:2222:22"] } }]',
  })
}

/** Throws HOST_ERROR where there is no ssh. */
async function bySsh(
  context: Context,
  { project, name }: FoundVm,
  { address, port }: SshPlace,
  user: string | undefined,
): Promise<void> {
  const program = await findProgram('ssh')
  if (program === undefined) {
    throw new VoltError('HOST_ERROR', 'there is no ssh to reach the guest by', {
      hint: 'apt-get install openssh-client, or --by console',
    })
  }
  await context.stderr.line(`${name}: by ssh at ${address} port ${port}`)
  // Machines come and go behind one port: their keys are known by their names.
  const alias = `HostKeyAlias=${name}.${project.name}.volt`
  const words = ['-p', String(port), '-o', alias, ...(user === undefined ? [] : ['-l', user]), '--', address]
  context.exitCode = await context.interruption.guard(async () => {
    const child = spawn(program, words, { stdio: 'inherit' })
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
    return code ?? 128 + constants.signals[signal ?? 'SIGKILL']
  })
}
