// passt as the launcher starts it: its ports, what stands in its way, and that it ends with its socket.
import { execFileSync, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { ADDON_FILE } from '../../src/host/built-files.ts'
import type { PortForward } from '../../src/manifest/ports.ts'
import { explainPasst, passtArguments, passtCommand, type PasstOptions } from '../../src/run/passt-command.ts'
import { startHelpers } from '../../src/run/start-helper-programs.ts'
import { VoltError } from '../../src/volt-error.ts'
import { suite } from '../suite.ts'
import { eventually } from '../vm/kvm.ts'

const test = suite('passt')
let directory = ''
test.before(async () => void (directory = await mkdtemp(join(tmpdir(), 'volt-passt-'))))
test.after(() => rm(directory, { recursive: true }))

function reasonToSkip(): string | false {
  if (!existsSync(ADDON_FILE)) return 'the addon is not built'
  if (spawnSync('passt', ['--version']).error !== undefined) return 'passt is not installed'
  const routes = spawnSync('ip', ['route', 'show', 'default']).stdout?.toString() ?? ''
  return routes === '' && 'this host has no default route, and passt wants one'
}
const skip = reasonToSkip()

/** As a machine in this process has it started; closing it ends the machine's end and it. */
async function startPasst(options: PasstOptions): Promise<{ close(): Promise<void> }> {
  const { files, end } = await startHelpers([await passtCommand('net-lan', options)])
  return {
    close: async () => {
      await files.get('net-lan')?.close()
      end()
    },
  }
}

async function refusal(ports: PortForward[]): Promise<VoltError> {
  try {
    await (await startPasst({ ports, mtu: 1500 })).close()
  } catch (thrown) {
    const error = await explainPasst(thrown, ports)
    assert.instance(error, VoltError)
    return error as VoltError
  }
  throw new Error('it started')
}

const passtOf = (log: string): string =>
  execFileSync('ps', ['-eo', 'args'])
    .toString()
    .split('\n')
    .filter((line) => /^\S*passt /.test(line) && line.includes(log))
    .join('\n')

const tcp = (hostPort: number, address = '127.0.0.1'): PortForward => ({
  address,
  hostPort,
  guestPort: 80,
  protocol: 'tcp',
})

test('its arguments: no port but those that are listed, and no way to the host’s loopback', () => {
  const ports = [tcp(8080), { hostPort: 53, guestPort: 5353, protocol: 'udp' as const }]
  const common = ['--fd', '3', '--quiet', '--no-map-gw', '--mtu', '9000']
  assert.equal(passtArguments({ ports, mtu: 9000 }), [
    ...common,
    ...['--tcp-ports', '127.0.0.1/8080:80', '--udp-ports', '53:5353'],
  ])
  assert.equal(passtArguments({ ports: [], mtu: 9000, log: '/l' }), [
    ...common,
    ...['--log-file', '/l', '--log-size', '1048576', '--tcp-ports', 'none', '--udp-ports', 'none'],
  ])
})

test.skipIf(skip, 'a port of every address is refused where another program has it by IPv4 alone', async () => {
  const holder = createServer().listen(0, '0.0.0.0')
  await once(holder, 'listening')
  const { port } = holder.address() as AddressInfo
  const error = await refusal([{ hostPort: port, guestPort: 80, protocol: 'tcp' }])
  holder.close()
  assert.match(error.message, 'the port is taken (EADDRINUSE)')
})

test.skipIf(skip, 'a port that is given up soon is waited for', async () => {
  const holder = createServer().listen(0, '127.0.0.1')
  await once(holder, 'listening')
  const { port } = holder.address() as AddressInfo
  setTimeout(() => holder.close(), 100)
  await (await startPasst({ ports: [tcp(port)], mtu: 1500 })).close()
})

test.skipIf(skip, 'it runs until it is not needed any more, and writes its log', async () => {
  const log = join(directory, 'net-lan.log')
  const socket = await startPasst({ ports: [], mtu: 1500, log })
  assert.is.not(passtOf(log), '')
  await socket.close()
  await eventually(async () => passtOf(log) === '', 'passt ended')
  assert.ok((await readFile(log)).length > 0)
})

test.skipIf(skip, 'a port that is taken, and an address that is not the host’s, are named with the errno', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const taken = await refusal([tcp(port)])
  server.close()
  assert.equal([taken.code, taken.errno], ['HOST_ERROR', 98])
  assert.is(taken.message, `the host cannot listen on 127.0.0.1:${port}/tcp: the port is taken (EADDRINUSE)`)
  const foreign = await refusal([tcp(8080, '198.51.100.7')])
  assert.equal([foreign.code, foreign.errno], ['HOST_ERROR', 99])
})

test.skipIf(!existsSync(ADDON_FILE) && 'the addon is not built', 'a missing passt names its package', async () => {
  const path = process.env['PATH']
  process.env['PATH'] = directory
  try {
    const error = await refusal([])
    assert.equal([error.code, error.errno], ['HOST_ERROR', 2])
    assert.match(error.hint ?? '', /apt install passt/)
  } finally {
    process.env['PATH'] = path
  }
})

test.run()
