// volt-agent without a machine: on a Unix socket, behind a server that speaks as the vsock device does to host programs.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AGENT_FILE } from '../../src/host/built-files.ts'
import { eventually } from '../vm/kvm.ts'

export const withoutAgent = existsSync(AGENT_FILE) ? false : 'volt-agent is not built'

export interface FakeGuest {
  /** The machine's vsock socket. */
  path: string
  directory: string
  close(): Promise<void>
}

/** A directory with a socket at which `serve` is the guest's program that listens on every port. */
export async function fakeGuest(serve: (program: Socket) => void, path?: string): Promise<FakeGuest> {
  const directory = await mkdtemp(join(tmpdir(), 'volt-agent-'))
  const clients = new Set<Socket>()
  const server: Server = createServer({ allowHalfOpen: true }, (program) => {
    clients.add(program.on('error', () => undefined).on('close', () => clients.delete(program)))
    program.once('readable', () => {
      const line = String(program.read())
      const end = line.indexOf('\n') + 1
      program.unshift(Buffer.from(line.slice(end)))
      program.write('OK 1024\n')
      serve(program)
    })
  })
  const socket = path ?? join(directory, 'vsock.sock')
  server.listen(socket)
  await once(server, 'listening')
  return {
    path: socket,
    directory,
    async close() {
      for (const client of clients) client.destroy()
      await new Promise((done) => server.close(done))
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** One whose programs are volt-agent. `path` is where its vsock is to be, in place of a directory of its own. */
export async function agentGuest(path?: string): Promise<FakeGuest> {
  const bench = await mkdtemp(join(tmpdir(), 'volt-agent-'))
  const inner = join(bench, 'agent.sock')
  const agent = spawn(AGENT_FILE, ['--unix', inner], { stdio: ['ignore', 'inherit', 'inherit'] })
  await eventually(() => existsSync(inner), 'the agent listens')
  const guest = await fakeGuest((program) => {
    const end = connect({ path: inner, allowHalfOpen: true }).on('error', () => program.destroy())
    program.pipe(end).pipe(program)
    program.on('close', () => end.destroy())
  }, path)
  return {
    ...guest,
    async close() {
      await guest.close()
      agent.kill('SIGTERM')
      await once(agent, 'exit')
      await rm(bench, { recursive: true, force: true })
    },
  }
}
