import * as assert from 'uvu/assert'
import { suite } from '../suite.ts'
import { readFlushes } from './flush-trace.ts'

const test = suite('lab: what a trace says of flushes')

const enter = '  iou-wrk-7-9 [000] .....  1.1: ext4_sync_file_enter: dev 253,0 ino 12 parent 2 datasync 1 '
const exit = '  iou-wrk-7-9 [000] .....  1.2: ext4_sync_file_exit: dev 253,0 ino 12 ret 0'
const failed = exit.replace('ret 0', 'ret -5')
const irq = '  kworker/0:1-8 [000] .....  1.3: kvm_set_irq: gsi 5 level 1 source 0'
const other = irq.replace('gsi 5', 'gsi 4')

const read = (...lines: string[]) => readFlushes(lines.join('\n'), 5)

test('counts what came back and was answered afterwards', () => {
  assert.equal(read(irq, enter, exit, irq, irq, enter, exit, irq), { syncs: 2, early: 0, answered: 2 })
  assert.equal(read(enter, other, exit, other), { syncs: 1, early: 0, answered: 0 })
  assert.equal(read(enter, failed, irq), { syncs: 0, early: 1, answered: 0 })
})

test('notices an answer before fsync came back', () => {
  assert.equal(read(enter, irq, exit), { syncs: 1, early: 1, answered: 0 })
})

test.run()
