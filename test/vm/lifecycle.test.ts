// A VM from apply to destroy, with everything that may come between.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { helloManifest, MAIN, type Ended, type Workplace } from '../cli/volt.ts'
import { suite } from '../suite.ts'
import { eventually, whyNoMachines } from './kvm.ts'
import { isAlive, ps, withPlace } from './place.ts'

const test = suite('volt apply, ps, logs, destroy')
const skip = whyNoMachines()

interface AppliedJson {
  vms: { name: string; action: string; pid: number; digest: string; reasons: string[] }[]
}

async function apply(place: Workplace, ...args: string[]): Promise<AppliedJson['vms']> {
  const { code, stdout, stderr } = await place.volt('apply', '--json', ...args)
  assert.is(code, 0, stderr)
  assert.is(stderr, '')
  return (JSON.parse(stdout) as AppliedJson).vms
}

const stay = helloManifest({ cmdline: 'stay', vcpus: 2, stopTimeout: '300ms' })

test.skipIf(
  skip,
  'starts, does nothing the second time, starts again after kill -9, and destroys without a trace',
  async () => {
    await withPlace({ 'vm.yaml': stay }, async (place) => {
      const [first] = await apply(place, 'vm.yaml')
      assert.is(first?.action, 'started')
      assert.ok(isAlive(first?.pid ?? 0))
      assert.is((await stat(join(place.stateHome, 'volt', 'lab', 'hello'))).mode & 0o777, 0o700)

      const [running] = await ps(place)
      assert.equal([running?.name, running?.state, running?.pid, running?.vcpus], ['hello', 'running', first?.pid, 2])
      assert.match(
        (await place.volt('ps')).stdout,
        /^NAME +STATE +PID +UPTIME +VCPUS +CPU +MEMORY +USED\nhello +running +\d+ +\d+s +2 +\d+s +128MiB +\d+MiB\n$/,
      )
      await eventually(
        async () => (await place.volt('logs', 'hello')).stdout.includes('2 of 2 processors answered'),
        'the log says so',
      )

      const [second] = await apply(place, 'vm.yaml')
      assert.equal([second?.action, second?.pid], ['unchanged', first?.pid])
      const unchanged = await place.volt('plan', '--detailed-exitcode', 'vm.yaml')
      assert.is(unchanged.code, 0)
      assert.is(unchanged.stdout.trimEnd().split('\n').length, 3, unchanged.stdout)
      assert.match((await place.volt('plan', '--details', 'vm.yaml')).stdout, 'memory map (e820)')

      process.kill(first?.pid ?? 0, 'SIGKILL')
      await eventually(async () => (await ps(place))[0]?.state === 'died', 'ps says that it died')
      assert.is((await ps(place))[0]?.description, 'died (killed)')

      const [third] = await apply(place, 'vm.yaml')
      assert.equal([third?.action, third?.reasons], ['started', ['died (killed)']])
      assert.is.not(third?.pid, first?.pid)

      const { code, stderr } = await place.volt('destroy', 'vm.yaml')
      assert.is(code, 0)
      assert.match(stderr, 'hello destroyed, it was running and ended by SIGTERM')
      await eventually(() => !isAlive(third?.pid ?? 0), 'the process has ended')
      assert.equal(await readdir(join(place.stateHome, 'volt')), [])
    })
  },
)

test.skipIf(skip, 'shows how a guest ended, and starts it again', async () => {
  await withPlace({ 'vm.yaml': helloManifest({ cmdline: 'poweroff' }) }, async (place) => {
    await apply(place, 'vm.yaml')
    await eventually(async () => (await ps(place))[0]?.description === 'stopped (poweroff)', 'ps says how it ended')
    assert.equal((await apply(place, 'vm.yaml'))[0]?.reasons, ['stopped (poweroff)'])
  })
})

test.skipIf(skip, 'restarts a changed machine only when that is agreed to, and says what changed', async () => {
  await withPlace({ 'vm.yaml': stay }, async (place) => {
    const [before] = await apply(place, 'vm.yaml')
    await place.write('vm.yaml', helloManifest({ cmdline: 'stay', vcpus: 3, stopTimeout: '300ms' }))
    const declined = await place.volt('apply', 'vm.yaml')
    assert.is(declined.code, 1)
    assert.match(declined.stderr, 'error[DECLINED]: restarting hello needs agreement: ')
    assert.match(declined.stderr, 'vcpus: 2 → 3')
    const asJson = await place.volt('apply', '--json', 'vm.yaml')
    assert.is((JSON.parse(asJson.stdout) as { error: { code: string } }).error.code, 'DECLINED')
    assert.ok(isAlive(before?.pid ?? 0))
    const planned = await place.volt('plan', '--detailed-exitcode', 'vm.yaml')
    assert.is(planned.code, 2)
    assert.match(planned.stdout, '± hello would be restarted\n    vcpus: 2 → 3\n')
    const [after] = await apply(place, '--yes', 'vm.yaml')
    assert.is(after?.action, 'restarted')
    await eventually(() => !isAlive(before?.pid ?? 0), 'the process of before has ended')
    assert.is((await ps(place))[0]?.vcpus, 3)
  })
})

test.skipIf(skip, 'records labels without a restart', async () => {
  await withPlace({ 'vm.yaml': stay }, async (place) => {
    const [before] = await apply(place, 'vm.yaml')
    await place.write('vm.yaml', helloManifest({ cmdline: 'stay', vcpus: 2, labels: '{ tier: front }' }))
    const [after] = await apply(place, 'vm.yaml')
    assert.equal([after?.action, after?.pid], ['recorded', before?.pid])
    assert.is((await apply(place, 'vm.yaml'))[0]?.action, 'unchanged')
  })
})

test.skipIf(skip, 'applies a saved plan, and knows it again', async () => {
  await withPlace({ 'vm.yaml': stay }, async (place) => {
    assert.is((await place.volt('plan', '-o', 'plan.json', 'vm.yaml')).code, 0)
    const [first] = await apply(place, 'plan.json')
    assert.is(first?.action, 'started')
    assert.is((await apply(place, 'plan.json'))[0]?.action, 'unchanged')
    const [manifest] = await apply(place, 'vm.yaml')
    assert.equal([manifest?.action, manifest?.pid, manifest?.digest], ['recorded', first?.pid, first?.digest])
  })
})

test.skipIf(skip, 'keeps several machines of a file apart', async () => {
  const two = ['one', 'two'].map((name) => helloManifest({ name, cmdline: 'stay' })).join('---\n')
  await withPlace({ 'vms.yaml': two }, async (place) => {
    assert.equal(
      (await apply(place, 'vms.yaml')).map(({ name, action }) => [name, action]),
      [
        ['one', 'started'],
        ['two', 'started'],
      ],
    )
    assert.is((await place.volt('destroy', 'one')).code, 0)
    assert.equal(
      (await ps(place)).map(({ name, state }) => [name, state]),
      [['two', 'running']],
    )
    assert.equal(
      (await apply(place, 'vms.yaml')).map(({ action }) => action),
      ['started', 'unchanged'],
    )
    assert.is((await place.volt('apply', '--attach', 'vms.yaml')).code, 64)
  })
})

test.skipIf(skip, 'leaves nothing behind when a machine cannot be started', async () => {
  await withPlace({ 'vm.yaml': stay }, async (place) => {
    await place.volt('plan', '-o', 'plan.json', 'vm.yaml')
    const { code, stderr } = await place.finish(place.start(['apply', 'plan.json'], { env: { VOLT_KVM: '/dev/null' } }))
    assert.is(code, 4, stderr)
    assert.match(stderr, /^error\[(HOST_ERROR|KVM_\w+)\]: /m)
    assert.equal(await readdir(join(place.stateHome, 'volt')), [])
  })
})

test.skipIf(skip, 'refuses another directory under the same name, and takes it under another', async () => {
  await withPlace({ 'vm.yaml': stay }, async (place) => {
    await apply(place, 'vm.yaml')
    const other = join(place.directory, 'other', 'lab')
    await mkdir(other, { recursive: true })
    await writeFile(join(other, 'vm.yaml'), stay)
    const refused = await place.volt('apply', join(other, 'vm.yaml'))
    assert.is(refused.code, 1)
    assert.match(refused.stderr, 'error[PROJECT_MISMATCH]')
    assert.match(refused.stderr, '--project')
    await apply(place, '--project', 'other', join(other, 'vm.yaml'))
    assert.match((await place.volt('ps')).stdout, /^hello .* lab\nhello .* other$/m)
    const ambiguous = await place.finish(place.start(['logs', 'hello'], { cwd: '/' }))
    assert.is(ambiguous.code, 64)
    assert.match(ambiguous.stderr, 'lab, other')
    assert.is((await place.volt('logs', 'hello')).code, 0)
  })
})

test.skipIf(skip, 'ends by --all what the directory is bound to, whatever its project is called', async () => {
  await withPlace({ 'vm.yaml': stay }, async (place) => {
    const [vm] = await apply(place, '--project', 'two', '--vm', 'hello', 'vm.yaml')
    const other = join(place.directory, 'other', 'lab')
    await mkdir(other, { recursive: true })
    const elsewhere = await place.finish(place.start(['destroy', '--all'], { cwd: other }))
    assert.is(elsewhere.code, 0)
    assert.match(elsewhere.stderr, 'running elsewhere: hello (two)')
    assert.ok(isAlive(vm?.pid ?? 0))
    assert.is((await place.volt('destroy', '--all')).code, 0)
    assert.equal(await ps(place), [])
  })
})

const noTerminal = skip || (existsSync('/usr/bin/script') ? false : 'script(1) is not installed')

test.skipIf(noTerminal, 'asks at a terminal before it ends what runs, unless told --yes', async () => {
  await withPlace({ 'vm.yaml': stay }, async (place) => {
    const [vm] = await apply(place, 'vm.yaml')
    const destroy = async (option: string): Promise<Ended> => {
      const command = `'${process.execPath}' '${MAIN}' destroy --all ${option}`
      const env = { ...process.env, XDG_STATE_HOME: place.stateHome, TERM: 'xterm' }
      const child = spawn('script', ['-qec', command, '/dev/null'], { cwd: place.directory, env })
      return place.finish(child, 'n\n')
    }
    const declined = await destroy('')
    assert.is(declined.code, 1, declined.stdout)
    assert.match(declined.stdout, 'end hello (lab)? [y/N]')
    assert.match(declined.stdout, 'DECLINED')
    assert.ok(isAlive(vm?.pid ?? 0))
    assert.is((await destroy('--yes')).code, 0)
    assert.equal(await ps(place), [])
  })
})

test.skipIf(skip, 'lets two applies at once start one machine', async () => {
  await withPlace({ 'vm.yaml': stay }, async (place) => {
    const both = await Promise.all([apply(place, 'vm.yaml'), apply(place, 'vm.yaml')])
    assert.equal(both.map(([vm]) => vm?.action).sort(), ['started', 'unchanged'])
    assert.is(both[0]?.[0]?.pid, both[1]?.[0]?.pid)
  })
})

const noFlock = skip || (existsSync('/usr/bin/flock') ? false : 'flock(1) is not installed')

test.skipIf(noFlock, 'waits for a holder of the lock and says who it is', async () => {
  await withPlace({ 'vm.yaml': stay }, async (place) => {
    const state = join(place.stateHome, 'volt', 'lab')
    await mkdir(state, { recursive: true })
    const lock = join(state, 'lock')
    await writeFile(lock, '{"pid":4711,"command":"volt apply other.yaml"}\n')
    const holder = spawn('flock', [lock, 'sleep', '2'], { stdio: 'ignore' })
    await eventually(
      async () => (await readFile('/proc/locks', 'utf8')).includes(`${(await stat(lock)).ino}`),
      'the lock is held',
    )
    const { code, stderr } = await place.volt('apply', 'vm.yaml')
    assert.is(code, 0, stderr)
    assert.match(stderr, "waiting for 'volt apply other.yaml' (pid 4711)")
    holder.kill()
  })
})

test.skipIf(skip, 'follows the console of an attached machine and ends as the guest does', async () => {
  await withPlace({ 'vm.yaml': helloManifest({ cmdline: 'poweroff', vcpus: 2 }) }, async (place) => {
    const { code, stdout, stderr } = await place.volt('apply', '--attach', 'vm.yaml')
    assert.is(code, 0, stderr)
    assert.match(stdout, '2 of 2 processors answered')
    assert.match(stderr, 'hello: poweroff: ')
  })
})

test.skipIf(skip, 'detaches on SIGINT and leaves the machine running', async () => {
  await withPlace({ 'vm.yaml': stay }, async (place) => {
    const child = place.start(['apply', '--attach', 'vm.yaml'])
    let seen = ''
    child.stdout?.on('data', (chunk: Buffer) => (seen += chunk.toString()))
    const ended = place.finish(child)
    await eventually(() => seen.includes('staying'), 'the console is followed')
    child.kill('SIGINT')
    const { code, stderr } = await ended
    assert.is(code, 130)
    assert.match(stderr, 'detached; hello goes on')
    assert.is((await ps(place))[0]?.state, 'running')
  })
})

test.skipIf(skip, 'follows a log until the machine is destroyed', async () => {
  await withPlace({ 'vm.yaml': stay }, async (place) => {
    await apply(place, 'vm.yaml')
    const child = place.start(['logs', '-f', 'hello'])
    let seen = ''
    child.stdout?.on('data', (chunk: Buffer) => (seen += chunk.toString()))
    const following = place.finish(child)
    await eventually(() => seen.includes('staying'), 'the log is followed')
    await place.volt('destroy', 'hello')
    assert.is((await following).code, 0)
  })
})

test.skipIf(skip, 'destroys what has a damaged record', async () => {
  await withPlace({ 'vm.yaml': helloManifest({ cmdline: 'poweroff' }) }, async (place) => {
    await apply(place, 'vm.yaml')
    await eventually(async () => (await ps(place))[0]?.state === 'stopped', 'it has stopped')
    await writeFile(join(place.stateHome, 'volt', 'lab', 'hello', 'record.json'), '{"formatVersion":1,"na')
    assert.is((await ps(place))[0]?.state, 'damaged')
    assert.is((await place.volt('destroy', 'hello')).code, 0)
    assert.equal(await ps(place), [])
  })
})

test.run()
