// Tasks side by side, in the order that they wait for each other.
import { setTimeout as sleep } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { createSchedule, reversed, type Task } from '../../src/run/schedule.ts'
import type { VoltError } from '../../src/volt-error.ts'
import { suite } from '../suite.ts'

const test = suite('schedule')
const task = (name: string, ...after: string[]): Task => ({ name, after })

/** Runs them all; `fails` do so. When each began and ended, and how. */
async function runAll(tasks: Task[], limit: number, fails: string[] = []) {
  const log: string[] = []
  let [running, most] = [0, 0]
  const schedule = createSchedule(tasks, limit)
  const results = await Promise.allSettled(
    tasks.map(({ name }) =>
      schedule.run(name, async () => {
        log.push(`+${name}`)
        most = Math.max(most, ++running)
        await sleep(2)
        running--
        log.push(`-${name}`)
        if (fails.includes(name)) throw new Error(`${name} fails`)
      }),
    ),
  )
  const errors = results.map((result) => (result.status === 'rejected' ? (result.reason as Error) : undefined))
  return { log, most, errors }
}

test('begins each after those that it waits for, wherever it stands', async () => {
  const { log, errors } = await runAll([task('web', 'db', 'cache'), task('db', 'disk'), task('cache'), task('disk')], 8)
  assert.ok(log.indexOf('+db') > log.indexOf('-disk'))
  assert.ok(log.indexOf('+web') > Math.max(log.indexOf('-db'), log.indexOf('-cache')))
  assert.ok(log.indexOf('+cache') < log.indexOf('-disk'), 'others do not wait')
  assert.equal(errors, [undefined, undefined, undefined, undefined])
})

test('runs no more at a time than the limit, and those that wait take no place', async () => {
  const many = Array.from({ length: 20 }, (_, index) => task(`vm${index}`))
  const { most, log } = await runAll(many, 8)
  assert.equal([most, log.length], [8, 40])
  const waiting = await runAll([task('a', 'c'), task('b', 'c'), task('c')], 1)
  assert.equal([waiting.most, waiting.log[0], waiting.log.length], [1, '+c', 6])
})

test('leaves out what depends on a failure, and runs the others', async () => {
  const tasks = [task('db'), task('web', 'db'), task('proxy', 'web'), task('apart')]
  const { log, errors } = await runAll(tasks, 8, ['db'])
  assert.equal(log.filter((line) => line.startsWith('+')).sort(), ['+apart', '+db'])
  assert.is(errors[0]?.message, 'db fails')
  assert.is((errors[1] as VoltError).code, 'DEPENDENCY_FAILED')
  assert.match(errors[1]?.message ?? '', 'it depends on db')
  assert.match(errors[2]?.message ?? '', 'it depends on web')
  assert.is(errors[3], undefined)
})

test('passes over names of no task, and runs the other way round', async () => {
  const tasks = [task('web', 'db', 'elsewhere'), task('db')]
  assert.is((await runAll(tasks, 8)).log[0], '+db')
  assert.equal(reversed(tasks), [task('web'), task('db', 'web')])
  assert.is((await runAll(reversed(tasks), 8)).log[0], '+web')
})

test.run()
