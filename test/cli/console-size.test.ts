// What the guest's console hears of a terminal's size.
import { EventEmitter } from 'node:events'
import * as assert from 'uvu/assert'
import { followSize } from '../../src/cli/console-size.ts'
import { suite } from '../suite.ts'

const test = suite('size of the terminal')

function terminalOf(columns: number, rows: number, isTTY = true) {
  return Object.assign(new EventEmitter(), { columns, rows, isTTY })
}

function follow(terminal: ReturnType<typeof terminalOf>) {
  const sizes: string[] = []
  const resize = (columns: number, rows: number): void => void sizes.push(`${columns}x${rows}`)
  return { sizes, stop: followSize({ resize }, terminal as unknown as NodeJS.WriteStream) }
}

test('it is told at once and at each change, until the end', () => {
  const terminal = terminalOf(80, 25)
  const { sizes, stop } = follow(terminal)
  terminal.emit('resize', Object.assign(terminal, { columns: 120, rows: 40 }))
  stop()
  terminal.emit('resize', Object.assign(terminal, { columns: 10, rows: 10 }))
  assert.equal(sizes, ['80x25', '120x40'])
  assert.is(terminal.listenerCount('resize'), 0)
})

test('a terminal without a size says nothing until it has one', () => {
  const terminal = terminalOf(0, 0)
  const { sizes } = follow(terminal)
  terminal.emit('resize', Object.assign(terminal, { columns: 80, rows: 25 }))
  assert.equal(sizes, ['80x25'])
})

test('what is no terminal has no size', () => {
  const { sizes } = follow(terminalOf(80, 25, false))
  assert.equal(sizes, [])
})

test.run()
