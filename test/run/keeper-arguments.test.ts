// The descriptor table that a keeper is started with.
import type { FileHandle } from 'node:fs/promises'
import * as assert from 'uvu/assert'
import { keeperCommand, type KeeperDescriptors } from '../../src/run/keeper-arguments.ts'
import type { MachineLife } from '../../src/run/machine-life.ts'
import { suite } from '../suite.ts'

const test = suite('arguments of the keeper')

const handle = (fd: number): FileHandle => ({ fd }) as FileHandle
const always: MachineLife = { onReset: 'restart', restart: 'always', sandbox: 'strict', user: 70, logBytes: 65536 }

const bare: KeeperDescriptors = {
  plan: handle(30),
  kvm: handle(31),
  files: new Map([
    ['kernel', handle(40)],
    ['initrd', handle(41)],
  ]),
  helpers: [],
}
const descriptors: KeeperDescriptors = {
  ...bare,
  console: handle(32),
  events: handle(33),
  errors: handle(34),
  control: handle(35),
  logs: handle(36),
}

test('names each descriptor by its place in the child, not by its number here', () => {
  const { args, stdio, eventsPipe, consolePipe } = keeperCommand(descriptors, always)
  assert.equal(stdio, ['ignore', 'ignore', 34, 32, 36, 33, 'pipe', 30, 31, 40, 41, 35])
  assert.match(
    args.join(' '),
    /^keep --restart always .*--user 70 --log-size 65536 --console-listener 3 --log-directory 4 --event-log 5 --starter 6 -- --plan 7 --kvm 8 --file kernel=9 --file initrd=10 --control 11 --on-reset restart --sandbox strict$/,
  )
  assert.equal([eventsPipe, consolePipe], [6, undefined])
})

test('without listeners and files the console, the events and standard error are pipes', () => {
  const foreground: MachineLife = { onReset: 'stop', restart: 'never', sandbox: 'off' }
  const { args, stdio, eventsPipe, consolePipe } = keeperCommand(bare, foreground)
  assert.is(
    args.join(' '),
    'keep --restart never --sandbox off --console 3 --event-log 4 -- --plan 5 --kvm 6 --file kernel=7 --file initrd=8 --on-reset stop --sandbox off',
  )
  assert.equal(stdio, ['ignore', 'ignore', 'pipe', 'pipe', 'pipe', 30, 31, 40, 41])
  assert.equal([consolePipe, eventsPipe], [3, 4])
})

test('a helper is told by its words, which may look like anything, with its log’s place', () => {
  const passt = { name: 'net-lan', kind: 'passt', program: '/bin/passt', args: ['--fd', '3'] } as const
  const share = {
    name: 'share-src',
    kind: 'virtiofsd',
    program: 'unshare',
    args: ['--', '-o'],
    log: handle(50),
  } as const
  const helpers = [passt, share].map((helper) => ({ ...helper, args: [...helper.args] }))
  const { args, stdio } = keeperCommand({ ...descriptors, helpers }, always)
  assert.is(stdio[7], 50)
  assert.match(
    args.join(' '),
    / --helper 6 net-lan passt - \/bin\/passt --fd 3 --helper 6 share-src virtiofsd 7 unshare -- -o -- --plan 8 /,
  )
})

test('a sign of readiness says where it is looked for, and for how long', () => {
  const signs = [
    [{ console: 'login: *$', timeoutMs: 500 }, '--ready-timeout 500 --ready-console login: *$'],
    [{ vsock: 52, path: '/s/vsock.sock', timeoutMs: 500 }, '--ready-timeout 500 --ready-vsock 52=/s/vsock.sock'],
    [{ tcp: 80, address: '::1', timeoutMs: 500 }, '--ready-timeout 500 --ready-tcp 80=::1'],
  ] as const
  for (const [readiness, words] of signs) {
    assert.ok(
      keeperCommand(descriptors, { ...always, readiness })
        .args.join(' ')
        .includes(words),
      words,
    )
  }
})

test("the cgroup is the keeper's, pins and huge pages are the machine's", () => {
  const life: MachineLife = { ...always, pin: ['0', '1-2'], hugePages: '2MiB' }
  const { args, stdio } = keeperCommand({ ...descriptors, cgroup: handle(37) }, life)
  const [own, machine] = args.join(' ').split(' -- ')
  assert.is(stdio[Number(/--cgroup (\d+)/.exec(own ?? '')?.[1])], 37)
  assert.match(machine ?? '', / --pin 0\/1-2 --huge-pages 2MiB$/)
})

test.run()
