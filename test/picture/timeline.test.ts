// Boots in time: from events and a console to stages, marks and what is not known.
import * as assert from 'uvu/assert'
import { longestSilences, readBootLog } from '../../src/picture/kernel-log.ts'
import { buildTimeline, type Timeline } from '../../src/picture/timeline.ts'
import { axisTicks, formatTime } from '../../src/picture/times.ts'
import { suite } from '../suite.ts'
import { bootOf, BOOTS, DEBIAN_CONSOLE, eventAt } from './boots.ts'

const test = suite('boots in time')

function stagesOf({ stages }: Timeline): (string | number | null)[][] {
  return stages.filter(({ within }) => !within).map(({ label, startMs, endMs }) => [label, startMs, endMs])
}

test("joins Volt's stages, the kernel's and userspace's", () => {
  const [, debian] = BOOTS[0] ?? []
  assert.ok(debian)
  assert.equal(stagesOf(debian), [
    ['files opened, keeper started', 0, 21],
    ['jail and sandbox', 21, 48],
    ['the machine is made', 48, 96],
    ['kernel, up to all processors', 96, 4432.558],
    ['kernel, drivers up to freeing init memory', 4432.558, 15064.094],
    ['kernel, up to running /init', 15064.094, 15165.762],
    ['/init, the initramfs', 15165.762, 31352.238],
    ['systemd', 31352.238, 84758.871],
  ])
  assert.equal(debian.marks, [
    { label: 'the guest runs', atMs: 96 },
    { label: 'ready', atMs: 87_000 },
    { label: 'login prompt', atMs: null, afterMs: 84_758.871 },
  ])
  assert.is(debian.endMs, 87_000)
})

test('finds where the kernel was silent for long, and what ended it', () => {
  const silences = longestSilences(readBootLog(DEBIAN_CONSOLE))
  assert.is(silences.length, 6)
  assert.is(silences[0]?.until, 'printk: console [ttyS0] enabled')
  for (const [index, { from, to }] of silences.entries()) assert.ok(to > from && from >= (silences[index - 1]?.to ?? 0))
})

test('says that a kernel without times is not known', () => {
  const timeline = BOOTS.find(([name]) => name === 'without-times')?.[1]
  assert.is(timeline?.stages.filter(({ lane }) => lane !== 'volt').length, 0)
  assert.match(timeline?.unknown.join() ?? '', 'printk.time=1')
  assert.match(timeline?.unknown.join() ?? '', 'A login prompt came, without a time.')
})

test('takes the last boot of a console and of the events', () => {
  const events = [eventAt('sandbox', 48), eventAt('started', 96), eventAt('reset', 5000), eventAt('started', 5150)]
  const boot = '[    0.000000] Linux version 6.1.0\n[    1.500000] Run /sbin/init as init process\n'
  const timeline = bootOf({ events, console: `${DEBIAN_CONSOLE}\n${boot}` })
  assert.is(timeline.boot, 2)
  assert.is(timeline.origin, eventAt('', 5000).time)
  assert.equal(stagesOf(timeline), [
    ['the machine is made anew', 0, 150],
    ['kernel, up to running /sbin/init', 150, 1650],
    ['/sbin/init', 1650, null],
  ])
})

test("takes systemd's own account where it gives one", () => {
  const said = 'systemd[1]: Startup finished in 1.500s (kernel) + 2s (initrd) + 1min 4.250s (userspace) = 1min 7.750s.'
  const console = `[    0.000000] Linux version 6.1.0\n[    1.200000] Run /init as init process\n[   67.800000] ${said}\n`
  assert.equal(stagesOf(bootOf({ console })).slice(-2), [
    ["initramfs, by systemd's account", 1596, 3596],
    ['systemd up to the default target', 3596, 67_846],
  ])
})

test('says what a start that did not come to the guest, and an older record, leave open', () => {
  assert.match(bootOf({ events: [] }).unknown.join(), 'The guest has not started')
  const older = buildTimeline({
    name: 'old',
    startedAt: eventAt('', 21).time,
    events: [eventAt('started', 96)],
    console: '',
  })
  assert.equal(stagesOf(older), [['the machine is made, without a sandbox', 0, 75]])
  assert.match(older.unknown.join(), 'was not written down')
})

test('stays bounded whatever a guest writes', () => {
  const lines = Array.from(
    { length: 200_000 },
    (_, index) => `[${index % 7 === 0 ? 999999999 : index}.000000] ${'x'.repeat(50)}`,
  )
  const before = process.cpuUsage()
  const timeline = bootOf({ console: ['[    0.000000] Linux version 9', ...lines, '\u001b['.repeat(5000)].join('\n') })
  assert.ok(timeline.stages.length < 12)
  assert.ok(process.cpuUsage(before).user < 5_000_000, 'in time that grows with the console')
})

test('marks an axis with round times', () => {
  assert.equal(axisTicks(96), [0, 20, 40, 60, 80])
  assert.equal(axisTicks(87_000), [0, 20_000, 40_000, 60_000, 80_000])
  assert.equal(axisTicks(1), [0, 0.2, 0.4, 0.6000000000000001, 0.8, 1])
  assert.equal([3.21, 96, 4432, 87_000].map(formatTime), ['3.2 ms', '96 ms', '4.43 s', '87.0 s'])
})

test.run()
