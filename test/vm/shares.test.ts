// The daemons of shares over the life of a machine. The guest has no driver: what is tested is who runs, and until when.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { chmod, mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { helloManifest, type Workplace } from '../cli/volt.ts'
import { suite } from '../suite.ts'
import { eventually, whyNoMachines } from './kvm.ts'
import { withPlace } from './place.ts'

const test = suite('the daemons of shares')
/** Of Debian 12. */
const DAEMON = '/usr/lib/qemu/virtiofsd'

function whyNot(): string | false {
  if (process.getuid?.() !== 0) return 'virtiofsd runs as root only'
  return existsSync(DAEMON) ? whyNoMachines() : 'virtiofsd (qemu-system-common) is not installed'
}
const skip = whyNot()

const SHARES = ['{ tag: src, directory: ./src }', '{ tag: fixed, directory: ./src, readOnly: true, cache: none }']

function withShares(shares: readonly string[] = SHARES): string {
  const list = shares.map((share) => `  - ${share}\n`).join('')
  return `${helloManifest({ cmdline: 'stay', stopTimeout: '300ms' })}shares:\n${list}`
}

async function withShared(body: (place: Workplace, state: string) => Promise<void>): Promise<void> {
  await withPlace({ 'vm.yaml': withShares() }, async (place) => {
    await mkdir(join(place.directory, 'src'))
    await body(place, join(place.stateHome, 'volt', 'lab', 'hello'))
  })
}

async function apply(place: Workplace): Promise<number> {
  const { code, stdout, stderr } = await place.volt('apply', '--json', '--yes', 'vm.yaml')
  assert.is(code, 0, stderr)
  return (JSON.parse(stdout) as { vms: { pid: number }[] }).vms[0]?.pid ?? 0
}

/** Processes of virtiofsd on directories of a workplace, two a daemon; those that only wait to be looked at have no words. */
function daemonsOf({ directory }: Workplace): number[] {
  const lines = execFileSync('ps', ['-eo', 'pid,args']).toString().split('\n')
  return lines
    .filter((line) => /^ *\d+ \S*virtiofsd /.test(line) && line.includes(` source=${directory}/`))
    .map((line) => parseInt(line))
}

const noDaemons = (place: Workplace) => eventually(() => daemonsOf(place).length === 0, 'the daemons are gone')

interface Inspected {
  devices: { id: string; type: string; counters: Record<string, number> }[]
}

async function devicesOf(place: Workplace): Promise<Inspected['devices']> {
  return (JSON.parse((await place.volt('inspect', '--json', 'hello')).stdout) as Inspected).devices
}

test.skipIf(skip, 'apply starts one a share, inspect shows the devices, and stop leaves none', async () => {
  await withShared(async (place, state) => {
    await apply(place)
    assert.is(daemonsOf(place).length, 4)
    assert.equal(
      (await devicesOf(place)).map(({ id, type }) => [id, type]),
      [
        ['share-src', 'virtio-fs'],
        ['share-fixed', 'virtio-fs'],
      ],
    )
    assert.match(await readFile(join(state, 'share-src.log'), 'utf8'), 'connection')
    assert.is((await place.volt('stop', 'hello')).code, 0)
    await noDaemons(place)
    assert.is((await place.volt('destroy', 'vm.yaml')).code, 0)
    assert.equal(await readdir(join(place.stateHome, 'volt')), [])
  })
})

test.skipIf(skip, 'a volt-vmm that is killed leaves none', async () => {
  await withShared(async (place) => {
    process.kill(await apply(place), 'SIGKILL')
    await noDaemons(place)
  })
})

test.skipIf(skip, 'the end of a daemon is an event, and the machine goes on', async () => {
  await withShared(async (place, state) => {
    await apply(place)
    const [first = 0] = daemonsOf(place)
    process.kill(first, 'SIGKILL')
    const events = () => readFileSync(join(state, 'events.ndjson'), 'utf8')
    await eventually(() => events().includes('backend-down'), 'the event is there')
    const event = events().split('\n').find((line) => line.includes('backend-down')) // prettier-ignore
    const { device, message } = JSON.parse(event ?? '{}') as { device: string; message: string }
    assert.equal([device, message], ['share-src', 'the back end closed its connection'])
    assert.equal(
      (await devicesOf(place)).map(({ counters }) => counters['errors']),
      [1, 0],
    )
    assert.match((await place.volt('ps')).stdout, 'running')
    const { stdout } = await place.volt('inspect', 'hello')
    assert.match(stdout, /^share-src: out of order: the back end closed its connection$/m)
    const { problems } = JSON.parse((await place.volt('inspect', 'hello', '--json')).stdout) as { problems: object[] }
    assert.equal(problems, [{ event: 'backend-down', device, message }])
    assert.is((await place.volt('stop', 'hello')).code, 0)
    await noDaemons(place)
  })
})

test.skipIf(skip, 'another directory is a restart, and a directory with a comma is shared all the same', async () => {
  await withShared(async (place) => {
    const first = await apply(place)
    await mkdir(join(place.directory, 'a,b\\c'))
    await place.write('vm.yaml', withShares(['{ tag: src, directory: "./a,b\\\\c" }', SHARES[1] ?? '']))
    const second = await apply(place)
    assert.is.not(first, second)
    assert.is.not(daemonsOf(place).length, 0)
    const { stdout } = await place.volt('plan', '--json', 'vm.yaml')
    assert.match(stdout, 'a,b')
  })
})

test.skipIf(skip, 'run ends them with the guest', async () => {
  await withShared(async (place) => {
    const child = place.start(['run', 'vm.yaml'])
    const ended = place.finish(child, null)
    let said = ''
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (said += chunk.toString()))
    await eventually(() => said.includes('Hello'), 'the guest runs')
    assert.is(daemonsOf(place).length, 4)
    process.kill(daemonsOf(place)[0] ?? 0, 'SIGKILL')
    await eventually(() => said.includes('hello: share-src: out of order: the back end closed'), 'the loss is told')
    child.kill('SIGINT')
    await ended
    await noDaemons(place)
  })
})

test.skipIf(skip, 'a start that fails leaves none, nor a state', async () => {
  await withShared(async (place, state) => {
    await place.write('vm.yaml', `${withShares()}networks: [{ tap: lo }]\n`)
    assert.is((await place.volt('apply', '--yes', 'vm.yaml')).code, 4)
    await noDaemons(place)
    assert.not.ok(existsSync(state))
  })
})

test.skipIf(skip, 'who has no virtiofsd, or one that does not start, is told so', async () => {
  await withShared(async (place) => {
    const refusal = async (daemon: string) => {
      const env = { VOLT_VIRTIOFSD: daemon }
      const { code, stderr } = await place.finish(place.start(['apply', '--yes', 'vm.yaml'], { env }))
      assert.is(code, 4, stderr)
      return stderr
    }
    const missing = await refusal('/nowhere/virtiofsd')
    assert.match(missing, 'error[HOST_ERROR]: a share needs virtiofsd, and /nowhere/virtiofsd')
    assert.match(missing, 'correct VOLT_VIRTIOFSD or unset it')
    const script = await place.write('daemon', '#!/bin/sh\n[ "$1" = --version ] || echo "what is wrong" >&2\n')
    await chmod(script, 0o755)
    assert.match(await refusal(script), 'virtiofsd did not start: what is wrong')
  })
})

test.run()
