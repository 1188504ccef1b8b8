// The state of a VM from its files, whole and damaged.
import { mkdtemp, rm, truncate, writeFile, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { StoppedEvent } from '../../src/host/native-addon.ts'
import { projectNamed } from '../../src/state/project-name.ts'
import { makeStateDirectory } from '../../src/state/state-directory.ts'
import { vmFiles } from '../../src/state/vm-files.ts'
import { readRecord, writeRecord, type VmRecord } from '../../src/state/vm-record.ts'
import { deriveState, describeState, readStatus, type HostProcesses } from '../../src/state/vm-state.ts'
import { suite } from '../suite.ts'

const test = suite('state of a VM')

const record: VmRecord = {
  formatVersion: 1,
  name: 'web',
  digest: `sha256:${'0'.repeat(64)}`,
  manifest: { name: 'web' },
  pid: 4711,
  startTime: '123456',
  bootId: 'this-boot',
  startedAt: '2026-01-01T00:00:00.000Z',
  vcpus: 2,
  memoryBytes: 134217728,
  powerButton: true,
}

const stopped: StoppedEvent = {
  formatVersion: 1,
  time: '2026-01-01T00:00:01.000Z',
  event: 'stopped',
  reason: 'reset',
  message: 'the guest reset itself',
  exitCode: 0,
}

const started = '{"formatVersion":1,"event":"started","time":"2026-01-01T00:00:00.000Z","pid":4711,"vcpus":2}\n'

function host(alive: boolean): HostProcesses {
  return {
    isAlive: ({ pid, startTime, bootId }) => alive && pid === 4711 && startTime === '123456' && bootId === 'this-boot',
    bootId: () => 'this-boot',
  }
}

/** A project with a VM `web` whose files are those given. */
async function withVm(
  files: { record?: string | VmRecord; events?: string },
  body: (status: (hostProcesses: HostProcesses) => ReturnType<typeof readStatus>, path: string) => Promise<void>,
): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'volt-state-'))
  try {
    const project = projectNamed('lab', home)
    const paths = vmFiles(project, 'web')
    makeStateDirectory(paths.directory)
    if (typeof files.record === 'string') await writeFile(paths.record, files.record)
    else if (files.record !== undefined) await writeRecord(paths.record, files.record)
    if (files.events !== undefined) await writeFile(paths.events, files.events)
    await body((hostProcesses) => readStatus(project, 'web', hostProcesses), paths.record)
  } finally {
    await rm(home, { recursive: true })
  }
}

test('is running while the recorded process lives, whatever the events say', () => {
  assert.equal(deriveState({ record, alive: true, paused: false, stopped, bootId: 'this-boot' }), {
    kind: 'running',
    paused: false,
  })
})

test('is stopped when the process is gone and said how it ended', () => {
  const state = deriveState({ record, alive: false, paused: false, stopped, bootId: 'this-boot' })
  assert.is(describeState(state), 'stopped (reset)')
})

test('is died when the process is gone without a word', () => {
  assert.is(
    describeState(deriveState({ record, alive: false, paused: false, stopped: undefined, bootId: 'this-boot' })),
    'died (killed)',
  )
})

test('blames the host when it was started again since', () => {
  const state = deriveState({ record, alive: false, paused: false, stopped: undefined, bootId: 'next-boot' })
  assert.is(describeState(state), 'died (host restarted)')
})

test('was never started without a record', () => {
  assert.equal(deriveState({ record: undefined, alive: false, paused: false, stopped, bootId: 'this-boot' }), {
    kind: 'never',
  })
})

test('reads record and events from files', async () => {
  await withVm({ record, events: started + JSON.stringify(stopped) + '\n' }, async (status) => {
    assert.is((await status(host(true))).state.kind, 'running')
    assert.is(describeState((await status(host(false))).state), 'stopped (reset)')
  })
})

test('is paused from that event to the next boot or resume', async () => {
  const event = (name: string) => JSON.stringify({ formatVersion: 1, event: name, pid: 1, vcpus: 1 }) + '\n'
  for (const [events, expected] of [
    [['paused'], 'paused'],
    [['paused', 'power-button'], 'paused'],
    [['paused', 'resumed'], 'running'],
    [['paused', 'resumed', 'paused'], 'paused'],
    [['paused', 'reset', 'started'], 'running'],
  ] as const) {
    await withVm({ record, events: started + events.map(event).join('') }, async (status) => {
      assert.is(describeState((await status(host(true))).state), expected)
      assert.is((await status(host(false))).state.kind, 'died')
    })
  }
})

test('is died when the last event is cut off', async () => {
  await withVm({ record, events: started + JSON.stringify(stopped).slice(0, -10) }, async (status) => {
    assert.is(describeState((await status(host(false))).state), 'died (killed)')
  })
})

test('is died when the events file is missing or holds something else', async () => {
  await withVm({ record }, async (status) => {
    assert.is((await status(host(false))).state.kind, 'died')
  })
  await withVm({ record, events: '\u0000\u0000\n[1,2]\nnull\n"stopped"\n' }, async (status) => {
    assert.is((await status(host(false))).state.kind, 'died')
  })
})

test('finds how it ended behind many other events', async () => {
  const dropped = '{"formatVersion":1,"event":"console-dropped","time":"2026-01-01T00:00:00.500Z","bytes":1}\n'
  await withVm({ record, events: started + dropped.repeat(5000) + JSON.stringify(stopped) + '\n' }, async (status) => {
    assert.is((await status(host(false))).state.kind, 'stopped')
  })
})

test('is damaged, and no error, wherever the record is cut off', async () => {
  await withVm({ record }, async (status, path) => {
    const whole = (await readFile(path)).length
    for (let size = whole - 2; size >= 0; size -= 7) {
      await truncate(path, size)
      assert.is((await status(host(true))).state.kind, 'damaged', `cut off at ${size} bytes`)
    }
  })
})

test('is damaged when a field of the record is missing or wrong, or its format is not known', async () => {
  for (const field of [
    'name',
    'digest',
    'pid',
    'startTime',
    'bootId',
    'startedAt',
    'vcpus',
    'memoryBytes',
    'powerButton',
  ]) {
    const without = Object.fromEntries(Object.entries(record).filter(([key]) => key !== field))
    await withVm({ record: JSON.stringify(without) }, async (status) => {
      assert.is((await status(host(true))).state.kind, 'damaged', field)
    })
  }
  await withVm({ record: JSON.stringify({ ...record, formatVersion: 2 }) }, async (status) => {
    assert.is((await status(host(true))).state.kind, 'damaged')
  })
})

test('gives back the record that was written', async () => {
  await withVm({ record }, async (_, path) => assert.equal(readRecord(path), record))
})

test.run()
