// The descriptor table that a keeper is started with.
import type { FileHandle } from 'node:fs/promises'
import * as assert from 'uvu/assert'
import { keeperCommand, type KeeperDescriptors } from '../../src/run/keeper-arguments.ts'
import type { MachineLife } from '../../src/run/machine-life.ts'
import { suite } from '../suite.ts'

const test = suite('arguments of the keeper')

const handle = (fd: number): FileHandle => ({ fd }) as FileHandle
const always: MachineLife = { onReset: 'restart', restart: 'always', sandbox: 'strict', logBytes: 65536 }

const descriptors: KeeperDescriptors = {
  plan: handle(30),
  kvm: handle(31),
  console: handle(32),
  events: handle(33),
  errors: handle(34),
  control: handle(35),
  logs: handle(36),
  files: new Map([
    ['kernel', handle(40)],
    ['initrd', handle(41)],
  ]),
}

test('names each descriptor by its place in the child, not by its number here', () => {
  const { args, stdio, eventsPipe } = keeperCommand(descriptors, always)
  assert.equal(stdio, ['ignore', 'ignore', 34, 32, 36, 33, 'pipe', 30, 31, 40, 41, 35])
  assert.match(
    args.join(' '),
    /^keep --restart always .*--log-size 65536 --console-listener 3 --log-directory 4 --event-log 5 --starter 6 -- --plan 7 --kvm 8 --file kernel=9 --file initrd=10 --control 11 --on-reset restart --sandbox strict$/,
  )
  assert.is(eventsPipe, 6)
})

test('without a file of events the pipe gets them all', () => {
  const { plan, kvm, console, errors, control, files } = descriptors
  const { args, eventsPipe } = keeperCommand({ plan, kvm, console, errors, control, files }, always)
  assert.match(args.join(' '), / --event-log 4 -- --plan 5 /)
  assert.not.match(args.join(' '), /--starter|--log-directory/)
  assert.is(eventsPipe, 4)
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

test.run()
