// The assertions of the lab, without the lab: a log that a real guest wrote, and every way to alter its table.
import * as assert from 'uvu/assert'
import { readFileSync } from 'node:fs'
import { suite } from '../suite.ts'
import { checkBootLog } from './assert-boot-log.ts'

const log = readFileSync(new URL('./fixtures/debian-6.1-4-vcpus.txt', import.meta.url), 'utf8')
const lines = log.split('\n')
const interrupts = lines.filter((line) => line.includes('] Int: type'))

/** Fails unless the check notices that one line has become another. */
function assertNoticed(from: string, to: string): void {
  assert.is.not(from, to)
  assert.ok(log.includes(from), `the log has no "${from}"`)
  assert.ok(checkBootLog(log.replace(from, to), 4).length > 0, `"${from}" became "${to}" and nobody noticed`)
}

const test = suite('lab: checkBootLog')

test('finds nothing wrong in the log of a machine with 4 processors', () => {
  assert.equal(checkBootLog(log, 4), [])
})

test('finds nothing wrong when the log has CR LF line ends', () => {
  assert.equal(checkBootLog(log.replaceAll('\n', '\r\n'), 4), [])
})

test('notices another number of processors', () => {
  for (const vcpus of [1, 2, 3, 5, 8]) assert.ok(checkBootLog(log, vcpus).length > 5)
})

test('notices each field of each of the 16 interrupt entries when it is altered', () => {
  assert.is(interrupts.length, 16)
  for (const line of interrupts) {
    for (const field of [/type \d/, /pol \d/, /trig \d/, /bus \w+/, /IRQ \w+/, /APIC ID \w+/, /APIC INT \w+/]) {
      assertNoticed(
        line,
        line.replace(field, (text) => text.slice(0, -1) + (text.endsWith('7') ? '8' : '7')),
      )
    }
  }
})

test('notices an interrupt entry that is lost, doubled or swapped with the next', () => {
  for (const [index, line] of interrupts.entries()) {
    assertNoticed(`${line}\n`, '')
    assertNoticed(line, `${line}\n${line}`)
    const next = interrupts[index + 1]
    if (next !== undefined) assertNoticed(`${line}\n${next}`, `${next}\n${line}`)
  }
})

test('notices each APIC id when it is altered', () => {
  for (const id of [0, 1, 2, 3]) assertNoticed(`Processor #${id}`, `Processor #${id + 4}`)
  assertNoticed('apic_id 4', 'apic_id 5')
})

test('notices each line that must be there when it is missing', () => {
  const wanted = lines.filter((line) =>
    /SMP MP-table|MultiProcessor Spec|MPTABLE|Processor #|Bus #|apic_id|Allowing|Brought up|Total of|volt-lab/.test(
      line,
    ),
  )
  assert.is(wanted.length, 15)
  for (const line of wanted) assertNoticed(`${line}\n`, '')
})

test('notices a guest that ended early', () => {
  const half = log.slice(0, log.indexOf('Bringing up secondary CPUs'))
  assert.ok(checkBootLog(half, 4).some((problem) => problem.includes('volt-lab: 4 processors')))
  assert.ok(checkBootLog('', 4).length > 30)
})

test.run()
