// What serves a machine's devices starts with each start of it, under its keeper, and none outlives either.
import { execFileSync, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { connect, createServer, type AddressInfo, type Server } from 'node:net'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { helloManifest, type Workplace } from '../cli/volt.ts'
import { suite } from '../suite.ts'
import { processesOf } from './kill/leftovers.ts'
import { eventually, whyNoMachines } from './kvm.ts'
import { childrenOf, isAlive, machineOf, ps, withPlace } from './place.ts'

const test = suite('the helpers of a machine')

function reasonToSkip(): string | false {
  const why = whyNoMachines()
  if (why !== false) return why
  if (spawnSync('passt', ['--version']).error !== undefined) return 'passt is not installed'
  const routes = spawnSync('ip', ['route', 'show', 'default']).stdout?.toString() ?? ''
  return routes === '' && 'this host has no default route, and passt wants one'
}
const skip = reasonToSkip()

async function listen(port = 0): Promise<Server> {
  const server = createServer().listen(port, '127.0.0.1')
  await once(server, 'listening')
  return server
}

async function freePort(): Promise<number> {
  const server = await listen()
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}

const manifest = (port: number): string =>
  helloManifest({ cmdline: 'stay', stopTimeout: '300ms' }) +
  `networks: [{ user: { ports: ["127.0.0.1:${port}:80"] } }]\nvsock: true\nrestart: on-failure\n`

const stateFile = (place: Workplace, name: string): string => join(place.stateHome, 'volt', 'lab', 'hello', name)

async function apply(place: Workplace): Promise<number> {
  const { code, stderr } = await place.volt('apply', 'vm.yaml')
  assert.is(code, 0, stderr)
  return (await ps(place))[0]?.pid ?? 0
}

function passtOf(port: number): number[] {
  const lines = execFileSync('ps', ['-eo', 'pid,args']).toString().split('\n')
  return lines
    .filter((line) => /^ *\d+ \S*passt /.test(line) && line.includes(`/${port}:80`))
    .map((line) => parseInt(line))
}

async function isAccepted(target: { port: number; host: string } | string): Promise<boolean> {
  const socket = typeof target === 'string' ? connect(target) : connect(target)
  try {
    return await new Promise((done) => socket.once('connect', () => done(true)).once('error', () => done(false)))
  } finally {
    socket.destroy()
  }
}

async function restarted(keeper: number, former: number): Promise<void> {
  await eventually(() => ![0, former].includes(machineOf(keeper)), 'the machine is started again')
}

async function noneLeft(place: Workplace, port: number): Promise<void> {
  await eventually(() => processesOf(place.stateHome).length === 0 && passtOf(port).length === 0, 'no process is left')
}

test.skipIf(
  skip,
  'a machine that is killed is started again with new ones, and its ports and socket serve',
  async () => {
    const port = await freePort()
    await withPlace({ 'vm.yaml': manifest(port) }, async (place) => {
      const keeper = await apply(place)
      const former = childrenOf(keeper)
      assert.is(former.length, 3, 'the machine, passt and the broker')
      const [passt] = passtOf(port)
      process.kill(machineOf(keeper), 'SIGKILL')
      await restarted(keeper, machineOf(keeper))
      await eventually(() => childrenOf(keeper).length === 3, 'with new ones')
      assert.ok(
        former.every((pid) => !isAlive(pid)),
        'none of the former is left',
      )
      assert.is.not(passtOf(port)[0], passt)
      assert.ok(await isAccepted({ port, host: '127.0.0.1' }))
      assert.ok(await isAccepted(stateFile(place, 'vsock.sock')))
      assert.is((await place.volt('destroy', 'hello')).code, 0)
      await noneLeft(place, port)
      assert.not(existsSync(stateFile(place, 'vsock.sock')))
    })
  },
)

test.skipIf(skip, 'they die with a keeper that is killed, and the socket goes', async () => {
  const port = await freePort()
  await withPlace({ 'vm.yaml': manifest(port) }, async (place) => {
    process.kill(await apply(place), 'SIGKILL')
    await noneLeft(place, port)
    await eventually(() => !existsSync(stateFile(place, 'vsock.sock')), 'the socket is gone')
  })
})

test.skipIf(skip, 'a port that is taken is named where the machine does not start, and nothing is left', async () => {
  const server = await listen()
  const { port } = server.address() as AddressInfo
  await withPlace({ 'vm.yaml': manifest(port) }, async (place) => {
    for (const command of [['apply'], ['run'], ['run', '--in-process']]) {
      const { code, stderr } = await place.volt(...command, 'vm.yaml')
      assert.is(code, 4, stderr)
      assert.match(stderr, `the host cannot listen on 127.0.0.1:${port}/tcp: the port is taken (EADDRINUSE)`)
      await noneLeft(place, port)
    }
  })
  server.close()
})

test.skipIf(skip, 'a port that another took meanwhile is told by an event, and waited for', async () => {
  const port = await freePort()
  await withPlace({ 'vm.yaml': manifest(port) }, async (place) => {
    const keeper = await apply(place)
    process.kill(machineOf(keeper), 'SIGKILL')
    let server: Server | undefined
    await eventually(async () => {
      server = await listen(port).catch(() => undefined)
      return server !== undefined
    }, 'the port is free')
    const events = (): Promise<string> => readFile(stateFile(place, 'events.ndjson'), 'utf8')
    const words = 'the machine cannot start again: passt did not start: Failed to bind any port'
    await eventually(async () => (await events()).includes(words), 'the event says so')
    server?.close()
    await restarted(keeper, 0)
    assert.ok(await isAccepted({ port, host: '127.0.0.1' }))
  })
})

test.run()
