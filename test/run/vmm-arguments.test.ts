// The descriptor table that volt-vmm is started with.
import type { FileHandle } from 'node:fs/promises'
import * as assert from 'uvu/assert'
import { vmmCommand } from '../../src/run/vmm-arguments.ts'
import { suite } from '../suite.ts'

const test = suite('arguments of volt-vmm')

const handle = (fd: number): FileHandle => ({ fd }) as FileHandle

test('names each descriptor by its place in the child, not by its number here', () => {
  const { args, stdio, eventsPipe } = vmmCommand(
    {
      plan: handle(30),
      kvm: handle(31),
      console: handle(32),
      events: handle(33),
      errors: handle(34),
      control: handle(35),
      files: new Map([
        ['kernel', handle(40)],
        ['initrd', handle(41)],
      ]),
    },
    'strict',
  )
  assert.equal(stdio, ['ignore', 'ignore', 34, 30, 31, 40, 41, 32, 33, 35, 'pipe'])
  assert.is(
    args.join(' '),
    '--plan 3 --kvm 4 --file kernel=5 --file initrd=6 --console-out 7 --events 8 --control 9 --events 10 --on-reset restart --sandbox strict',
  )
  assert.is(eventsPipe, 10)
})

test.run()
