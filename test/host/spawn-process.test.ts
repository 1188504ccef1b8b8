// Programs started by the addon: what they find, how they end, and what is left of them.
import { execFileSync } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs'
import { buffer } from 'node:stream/consumers'
import * as assert from 'uvu/assert'
import { isProcessAlive } from '../../src/host/process.ts'
import { spawnProcess, type Descriptors } from '../../src/host/spawn-process.ts'
import { ADDON_FILE } from '../../src/host/built-files.ts'
import { suite } from '../suite.ts'
import { eventually } from '../vm/kvm.ts'

const test = suite('starting programs')
const skip = existsSync(ADDON_FILE) ? false : 'the addon is not built'

function shell(script: string, descriptors: Descriptors, environment: NodeJS.ProcessEnv = { PATH: '/usr/bin:/bin' }) {
  return spawnProcess('/bin/sh', ['-c', script], environment, descriptors)
}

test.skipIf(
  skip,
  'a program has its own session, the root directory, its environment and its descriptors',
  async () => {
    const file = openSync('/etc/hostname', 'r')
    const script =
      'pwd; echo "$A"; for n in 0 1 2 3 4; do test -e /proc/self/fd/$n && printf $n; done; echo; cut -d" " -f6 /proc/$$/stat; echo $$; cat <&3; grep Sig[BI] /proc/self/status'
    const child = shell(script, ['ignore', 'pipe', 'ignore', file, 'ignore'], { PATH: '/usr/bin:/bin', A: 'one two' })
    closeSync(file)
    const said = (await buffer(child.pipe(1))).toString().split('\n')
    assert.equal(said.slice(0, 2), ['/', 'one two'])
    assert.is(said[2], '01234')
    assert.equal([said[3], said[4]], [String(child.identity.pid), String(child.identity.pid)])
    assert.is(said[5], readFileSync('/etc/hostname', 'utf8').trim())
    // But for the two that glibc keeps for itself.
    const masks = said.slice(6, 8).map((line) => BigInt(`0x${line.split('\t')[1]}`) & 0x7fff_ffffn)
    assert.equal(masks, [0n, 0n])
    assert.equal(await child.ended(), [0, null])
    assert.equal(await child.ended(), [0, null])
  },
)

test.skipIf(skip, 'how it ended is known: a status, or a signal, also where another start saw it first', async () => {
  const [three, killed] = [shell('exit 3', []), shell('sleep 100', [])]
  killed.kill('SIGKILL')
  await eventually(() => !isProcessAlive(three.identity) && !isProcessAlive(killed.identity), 'both have ended')
  const after = shell('read line <&0; echo "$line" >&0', ['pipe'])
  assert.equal(
    [await three.ended(), await killed.ended()],
    [
      [3, null],
      [null, 'SIGKILL'],
    ],
  )
  killed.kill('SIGKILL')
  after.pipe(0).write('over\n')
  assert.is((await buffer(after.pipe(0))).toString(), 'over\n')
  assert.equal(await after.ended(), [0, null])
})

test.skipIf(skip, 'those that nobody waits for are no zombies after the next start', async () => {
  const { identity } = shell('exit 0', [])
  await eventually(() => !isProcessAlive(identity), 'it has ended')
  await shell('exit 0', []).ended()
  assert.throws(() => readFileSync(`/proc/${identity.pid}/stat`))
})

test.skipIf(skip, 'a process that cannot be watched, for want of descriptors, is ended', async () => {
  const prlimit = (...args: string[]): string =>
    execFileSync('prlimit', ['--pid', String(process.pid), ...args], { encoding: 'utf8' })
  const children = (): string => readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'ascii')
  const limit = prlimit('--nofile', '-o', 'SOFT', '--noheadings').trim()
  const before = children()
  prlimit('--nofile=200:')
  const open = exhaust()
  try {
    assert.throws(() => shell('sleep 100', []), /EMFILE/)
  } finally {
    open.forEach((descriptor) => closeSync(descriptor))
    prlimit(`--nofile=${limit}:`)
  }
  const pid = children().slice(before.length).trim()
  assert.match(pid, /^\d+$/)
  await eventually(() => readFileSync(`/proc/${pid}/stat`, 'latin1').includes(') Z '), 'it is killed')
  await shell('exit 0', []).ended()
  assert.is(children(), before)
})

/** Every descriptor that this process may have. */
function exhaust(): number[] {
  const open: number[] = []
  try {
    for (;;) open.push(openSync('/dev/null', 'r'))
  } catch (error) {
    assert.match((error as Error).message, /EMFILE/)
    return open
  }
}

test.skipIf(skip, 'what cannot be started is said, and nothing stays open', () => {
  const open = (): number => openSync('/dev/null', 'r')
  const before = open()
  closeSync(before)
  assert.throws(
    () => spawnProcess('/nowhere/program', [], {}, ['ignore']),
    /cannot start \/nowhere\/program: No such file/,
  )
  assert.throws(() => spawnProcess('/bin/true', [], {}, [9999]), /descriptor 9999: Bad file descriptor/)
  const after = open()
  closeSync(after)
  assert.is(after, before)
})

test.run()
