// What apply does with machines that run: changed live, replaced, left out of their file, depended upon, planned before.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { appendFile, readdir, readFile, truncate, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { MAIN, type Workplace } from '../cli/volt.ts'
import { suite } from '../suite.ts'
import { whyNoMachines } from './kvm.ts'
import { isAlive, ps, withPlace } from './place.ts'

const test = suite('volt apply, on machines that run')
const skip = whyNoMachines()

interface AppliedJson {
  vms: { name: string; action: string; change: string; pid: number; reasons: string[]; kept: string[] }[]
  destroyed: { name: string; kept: string[] }[]
  left: { name: string; why: string }[]
}

function machine(name: string, ...fields: string[]): string {
  const kernel = "kernel: { image: 'builtin:hello', cmdline: stay }"
  const begin = ['apiVersion: volt/v1', 'kind: MicroVM', `metadata: { name: ${name} }`, kernel, 'stopTimeout: 200ms']
  return [...begin, ...fields, '---', ''].join('\n')
}

async function apply(place: Workplace, ...args: string[]): Promise<AppliedJson> {
  const { code, stdout, stderr } = await place.volt('apply', '--json', ...args)
  assert.is(code, 0, stderr + stdout)
  return JSON.parse(stdout) as AppliedJson
}

async function image(place: Workplace, name: string): Promise<void> {
  await writeFile(join(place.directory, name), '')
  await truncate(join(place.directory, name), 1024 ** 2)
}

const stateOf = (place: Workplace, name: string): string => join(place.stateHome, 'volt', 'lab', name)
const limited = (bandwidth: string, target: string): string =>
  machine('vm', `disks: [{ name: root, path: ./a.img, rateLimit: { bandwidth: ${bandwidth} } }]`, `balloon: { target: ${target} }`) // prettier-ignore

test.skipIf(skip, 'changes limits and the balloon live, once, and again when the guest has rebooted', async () => {
  await withPlace({ 'vm.yaml': limited('1MiB/s', '64MiB') }, async (place) => {
    await image(place, 'a.img')
    const [first] = (await apply(place, 'vm.yaml')).vms
    await place.write('vm.yaml', limited('2MiB/s', '32MiB'))
    const planned = await place.volt('plan', '--detailed-exitcode', 'vm.yaml')
    assert.is(planned.code, 2)
    const fields = ['balloon.target: 64MiB → 32MiB', 'disks.root.rateLimit.bandwidth: 1MiB/s → 2MiB/s']
    assert.is(
      planned.stdout,
      `~ vm would be changed live\n    ${fields.join('\n    ')}\n\n1 machine: 1 to change live\n`,
    )
    const [changed] = (await apply(place, 'vm.yaml')).vms
    assert.equal([changed?.action, changed?.pid, changed?.reasons], ['changed', first?.pid, fields])
    const { stdout } = await place.volt('inspect', '--json', 'vm')
    assert.match(stdout, /"targetBytes": ?33554432/)
    const again = await place.volt('apply', 'vm.yaml')
    assert.equal([again.code, again.stdout], [0, ''])
    assert.match(again.stderr, /^vm\.yaml: 1 machine unchanged, nothing to do$/m)

    // As volt-vmm says it when it boots the plan of the beginning again.
    const events = join(stateOf(place, 'vm'), 'events.ndjson')
    const started = (await readFile(events, 'utf8')).split('\n').find((line) => line.includes('"started"'))
    await appendFile(events, `${started}\n`)
    const [rebooted] = (await apply(place, 'vm.yaml')).vms
    assert.equal(
      [rebooted?.action, rebooted?.pid, rebooted?.reasons.at(-1)],
      ['changed', first?.pid, 'its guest has rebooted since the last change'],
    )
    assert.is((await apply(place, 'vm.yaml')).vms[0]?.action, 'unchanged')
  })
})

test.skipIf(skip, 'replaces a machine only when that is agreed to, and keeps what its guest wrote', async () => {
  const over = (path: string): string => machine('vm', `disks: [{ name: root, path: ${path}, overlay: true }]`)
  await withPlace({ 'vm.yaml': over('./a.img') }, async (place) => {
    await Promise.all([image(place, 'a.img'), image(place, 'b.img')])
    await apply(place, 'vm.yaml')
    const overlays = join(stateOf(place, 'vm'), 'overlays')
    const [written = ''] = await readdir(overlays)
    await place.write('vm.yaml', over('./b.img'))
    const declined = await place.volt('apply', 'vm.yaml')
    assert.is(declined.code, 1)
    assert.match(declined.stderr, '± vm would be replaced\n    disks.root.path: ./a.img → ./b.img\n')
    assert.match(declined.stderr, 'error[DECLINED]: replacing vm needs agreement')
    const [replaced] = (await apply(place, '--yes', 'vm.yaml')).vms
    assert.equal([replaced?.action, replaced?.kept], ['replaced', [join(overlays, written)]])

    // It is there again for the image that it was made over, and for no other.
    await place.write('vm.yaml', over('./a.img'))
    await apply(place, '--yes', '--delete-data', 'vm.yaml')
    assert.equal(await readdir(overlays), [written])

    const ended = await place.volt('destroy', 'vm')
    assert.is(ended.code, 0)
    assert.match(ended.stderr, join(overlays, written))
    assert.equal(await ps(place), [])
    assert.equal(await readdir(stateOf(place, 'vm')), ['overlays'])
    const [back] = (await apply(place, 'vm.yaml')).vms
    assert.equal([back?.action, await readdir(overlays)], ['started', [written]])
    await place.volt('destroy', 'vm')
    await place.write('vm.yaml', over('./b.img'))
    assert.match((await place.volt('apply', 'vm.yaml')).stderr, `wrote to ${join(overlays, written)} is not used`)
    assert.is((await place.volt('destroy', '--delete-data', 'vm')).code, 0)
    assert.equal(await readdir(join(place.stateHome, 'volt')), [])
  })
})

test.skipIf(skip, 'reports machines that left the file, and destroys them with --prune', async () => {
  const files = { 'vm.yaml': machine('one') + machine('two'), 'other.yaml': machine('apart') }
  await withPlace(files, async (place) => {
    const [, two] = (await apply(place, 'vm.yaml')).vms
    await apply(place, 'other.yaml')
    await place.write('vm.yaml', machine('one'))
    const planned = await place.volt('plan', 'vm.yaml')
    assert.match(planned.stdout, '! two is left\n    vm.yaml does not declare it any more; it is running: --prune')
    const kept = await apply(place, 'vm.yaml')
    assert.equal([kept.left.map(({ name }) => name), isAlive(two?.pid ?? 0)], [['two'], true])
    const declined = await place.volt('apply', '--prune', 'vm.yaml')
    assert.is(declined.code, 1)
    assert.match(declined.stderr, 'error[DECLINED]: destroying two needs agreement')
    assert.match((await place.volt('plan', '--prune', 'vm.yaml')).stdout, '- two would be destroyed\n')
    const pruned = await apply(place, '--prune', '--yes', 'vm.yaml')
    assert.equal(pruned.destroyed.map(({ name }) => name), ['two']) // prettier-ignore
    assert.equal((await ps(place)).map(({ name }) => name), ['apart', 'one']) // prettier-ignore
    for (const args of [['--vm', 'one'], ['-']]) {
      assert.is((await place.finish(place.start(['apply', '--prune', ...args, ...(args[1] === undefined ? [] : ['vm.yaml'])]), machine('one'))).code, 64) // prettier-ignore
    }
  })
})

test.skipIf(skip, 'starts machines after those they depend on, and leaves what depends on a failure', async () => {
  const wrong = machine('db', 'networks: [{ tap: volt-none9, vhost: false }]')
  const text = machine('web', 'dependsOn: [db]') + wrong + machine('apart') + machine('proxy', 'dependsOn: [web]')
  await withPlace({ 'vm.yaml': text }, async (place) => {
    const failed = await place.volt('apply', 'vm.yaml')
    assert.is(failed.code, 1, failed.stderr)
    assert.match(failed.stderr, /error\[HOST_ERROR\]: db: /)
    assert.match(failed.stderr, 'error[DEPENDENCY_FAILED]: web: web was left as it is: it depends on db, which failed')
    assert.match(failed.stderr, 'error[PARTLY_FAILED]: 3 of 4 machines failed')
    assert.equal((await ps(place)).map(({ name }) => name), ['apart']) // prettier-ignore
    const asJson = await place.volt('apply', '--json', 'vm.yaml')
    const { failures, vms } = JSON.parse(asJson.stdout) as { failures: { name: string }[]; vms: { name: string }[] }
    assert.equal([failures.map(({ name }) => name), vms.map(({ name }) => name)], [['web', 'db', 'proxy'], ['apart']])

    await place.write('vm.yaml', text.replace(wrong, machine('db')))
    const { vms: done } = await apply(place, 'vm.yaml')
    assert.equal(
      done.map(({ name, action }) => `${name} ${action}`),
      ['web started', 'db started', 'apart unchanged', 'proxy started'],
    )
    const startOf = async (name: string): Promise<number> => {
      const { startedAt } = JSON.parse(await readFile(join(stateOf(place, name), 'record.json'), 'utf8')) as { startedAt: string } // prettier-ignore
      return Date.parse(startedAt)
    }
    assert.ok((await startOf('db')) < (await startOf('web')) && (await startOf('web')) < (await startOf('proxy')))
    const { stderr } = await place.volt('destroy', '--all')
    assert.ok(stderr.indexOf('proxy destroyed') < stderr.indexOf('web destroyed'))
    assert.ok(stderr.indexOf('web destroyed') < stderr.indexOf('db destroyed'))
  })
})

test.skipIf(skip, 'refuses a saved plan when something moved since it was made, and says what', async () => {
  const disk = 'disks: [{ name: root, path: ./a.img, readOnly: true }]'
  await withPlace({ 'vm.yaml': machine('vm', disk) }, async (place) => {
    await image(place, 'a.img')
    const stale = async (what: string): Promise<void> => {
      const { code, stderr } = await place.volt('apply', '--yes', 'plan.json')
      assert.is(code, 7, stderr)
      assert.match(stderr, `error[PLAN_STALE]: the saved plan is stale: ${what}`)
    }
    const plan = async (): Promise<void> => assert.is((await place.volt('plan', '-o', 'plan.json', 'vm.yaml')).code, 0)
    await plan()
    await utimes(join(place.directory, 'a.img'), 1, 1)
    await stale(`${join(place.directory, 'a.img')} was written to`)
    await plan()
    await apply(place, 'plan.json')
    assert.is((await apply(place, 'plan.json')).vms[0]?.action, 'unchanged', 'what it plans runs')

    await place.write('vm.yaml', machine('vm', disk, 'vcpus: 2'))
    await plan()
    await place.write('vm.yaml', machine('vm', disk, 'vcpus: 3'))
    await apply(place, '--yes', 'vm.yaml')
    await stale('vm runs another plan than when this one was made')
    await place.volt('stop', 'vm')
    await stale('vm does not run, and did when the plan was made')
    assert.ok(existsSync(join(stateOf(place, 'vm'), 'record.json')), 'nothing was touched')
  })
})

const noTerminal = skip || (existsSync('/usr/bin/script') ? false : 'script(1) is not installed')

test.skipIf(noTerminal, 'asks once at a terminal for all that would end, after showing it', async () => {
  await withPlace({ 'vm.yaml': machine('one') + machine('two') }, async (place) => {
    const { vms } = await apply(place, 'vm.yaml')
    await place.write('vm.yaml', machine('one', 'vcpus: 2'))
    const command = `'${process.execPath}' '${MAIN}' apply --prune vm.yaml`
    const env = { ...process.env, XDG_STATE_HOME: place.stateHome, TERM: 'xterm', NO_COLOR: '1' }
    const answer = async (text: string): Promise<string> => {
      const child = spawn('script', ['-qec', command, '/dev/null'], { cwd: place.directory, env })
      return (await place.finish(child, text)).stdout
    }
    const declined = await answer('n\n')
    assert.is(declined.match(/\[y\/N\]/g)?.length, 1)
    assert.match(declined, 'restart one; destroy two? [y/N]')
    assert.ok(declined.indexOf('± one would be restarted') < declined.indexOf('[y/N]'))
    assert.match(declined, 'DECLINED')
    assert.ok(vms.every(({ pid }) => isAlive(pid)))
    await answer('y\n')
    assert.equal((await ps(place)).map(({ name, vcpus }) => [name, vcpus]), [['one', 2]]) // prettier-ignore
  })
})

test.run()
