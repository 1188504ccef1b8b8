// A machine that another program starts: by a saved plan, which keeps how its process is kept, and as a unit of systemd.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import * as assert from 'uvu/assert'
import { findProgram } from '../../src/host/find-program.ts'
import { helloManifest } from '../cli/volt.ts'
import { suite } from '../suite.ts'
import { eventually, whyNoMachines } from './kvm.ts'
import { ps, withPlace } from './place.ts'

const test = suite('handing over')
const skip = whyNoMachines()
const lacks = async (name: string) => ((await findProgram(name)) === undefined ? `${name} is not installed` : false)
const noSystemd = skip || (await lacks('systemd-notify')) || (await lacks('perl'))
/** Prints each datagram; descriptors that come with them, by which a sender waits, are dropped. */
const RECEIVE =
  'use Socket; $| = 1; socket(S, AF_UNIX, SOCK_DGRAM, 0) and bind(S, sockaddr_un($ARGV[0])) or die $!; print "$b\n" while defined recv(S, $b, 4096, 0)'
const manifest = `${helloManifest({ cmdline: 'stay', stopTimeout: '0s' })}sandbox: off\nreadiness: { console: answered }\n`

test.skipIf(skip, 'a saved plan keeps the sandbox, the sign of readiness and the time for a stop', async () => {
  await withPlace({ 'vm.yaml': manifest }, async (place) => {
    assert.is((await place.volt('plan', '-o', 'vm.json', 'vm.yaml')).code, 0)
    const applied = await place.volt('apply', '--wait', 'vm.json')
    assert.is(applied.code, 0, applied.stderr)
    assert.match((await place.volt('inspect', 'hello')).stdout, /^sandbox +off$/m)
    assert.match((await place.volt('ps')).stdout, /hello +running \(ready\)/)
    const { stdout } = await place.volt('stop', '--json', 'hello')
    assert.is((JSON.parse(stdout) as { vms: { ended: string }[] }).vms[0]?.ended, 'forced')
  })
})

test.skipIf(noSystemd, "a unit's own command starts the machine and names its process to systemd", async () => {
  await withPlace({ 'vm.yaml': manifest }, async (place) => {
    const exported = await place.volt('export', 'systemd', '-o', 'units', 'vm.yaml')
    assert.is(exported.code, 0, exported.stderr)
    const unit = await readFile(exported.stdout.trim(), 'utf8')
    const command = /^ExecStart=\S+ \S+ (.*)$/m.exec(unit)?.[1]?.split(' ') ?? []
    const socket = join(place.directory, 'notify.sock')
    const manager = spawn('perl', ['-e', RECEIVE, socket], { stdio: ['ignore', 'pipe', 'inherit'] })
    const said = text(manager.stdout)
    await eventually(() => existsSync(socket), 'somebody listens in place of systemd')
    const started = await place.finish(place.start(command, { env: { NOTIFY_SOCKET: socket } }))
    assert.is(started.code, 0, started.stderr)
    const [vm] = await ps(place)
    manager.kill()
    await once(manager, 'close')
    assert.match(await said, new RegExp(`READY=1[^]*MAINPID=${vm?.pid}\\b|MAINPID=${vm?.pid}\\b[^]*READY=1`))
  })
})

test.skipIf(skip, '--notify says where it belongs', async () => {
  await withPlace({ 'vm.yaml': manifest }, async (place) => {
    const { code, stderr } = await place.volt('apply', '--notify', 'vm.yaml')
    assert.is(code, 64)
    assert.match(stderr, 'NOTIFY_SOCKET is not set')
    assert.equal(await ps(place), [])
  })
})

test.skipIf(skip, 'a machine starts when what it depends on is ready, and not at all when that is not', async () => {
  const web = helloManifest({ name: 'web', cmdline: 'stay', stopTimeout: '0s' }) + 'dependsOn: [hello]\n'
  const never = manifest.replace('answered', 'never said, timeout: 300ms')
  await withPlace({ 'vm.yaml': `${web}---\n${never}`, 'good.yaml': `${web}---\n${manifest}` }, async (place) => {
    const { code, stderr } = await place.volt('apply', 'vm.yaml')
    assert.is(code, 1, stderr)
    assert.match(stderr, /'hello' was not ready/)
    assert.equal((await ps(place)).map(({ name }) => name), ['hello']) // prettier-ignore
    const good = await place.volt('apply', '--yes', 'good.yaml')
    assert.is(good.code, 0, good.stderr)
    assert.equal((await ps(place)).map(({ name, state }) => `${name} ${state}`), ['hello running', 'web running']) // prettier-ignore
  })
})

test.run()
