// The engine under AddressSanitizer with UndefinedBehaviorSanitizer, and under ThreadSanitizer, each in its own build.
// timeout: 1800 s
import { spawnSync } from 'node:child_process'
import { accessSync, closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as assert from 'uvu/assert'
import type { PlanEnvelope } from '../../src/plan/plan-file.ts'
import { suite } from '../suite.ts'
import { buildTests, runTests, type Preset } from './doctest-run.ts'

const test = suite('engine under sanitizers')

const sanitizers: { preset: Preset; title: string; environment: Record<string, string> }[] = [
  {
    preset: 'asan',
    title: 'ASan and UBSan',
    environment: { ASAN_OPTIONS: 'detect_leaks=1', UBSAN_OPTIONS: 'print_stacktrace=1' },
  },
  {
    preset: 'tsan',
    title: 'TSan', // A reader that never comes back must not keep the process: its thread is abandoned at the end, on purpose.
    environment: { TSAN_OPTIONS: 'halt_on_error=0 report_thread_leaks=0' },
  },
]

/** Whole lives of machines: four processors, stop from another thread, a failure at every step of the construction. */
const kvmSuites = ['engine/machine', 'engine/construction', 'engine/host']
/** In a process of their own: what they leave mapped would blur the count of mappings above. */
const powerSuites = [
  'engine/check_plan: power and start state',
  'engine/control',
  'engine/machine state',
  'engine/machine: placement',
  'engine/machine: polled output',
  'engine/model_counters',
  'engine/pause',
  'engine/power',
  'engine/virtio',
]
const otherSuites = [
  'agent/frame',
  'agent/request',
  'agent/session',
  'base/byte_queue',
  'base/encoding',
  'base/program_pages',
  'base/restart_guard',
  'bus/address_bus',
  'devices/i8042',
  'devices/polled_output',
  'devices/power',
  'devices/pvpanic',
  'devices/uart16550',
  'devices/virtio/balloon_device',
  'devices/virtio/console_device',
  'devices/virtio/block_device',
  'devices/virtio/block_device: requests under way',
  'devices/virtio/block_request',
  'devices/virtio/event_loop',
  'devices/virtio/fs_device',
  'devices/virtio/fs_device: hostile daemons',
  'devices/virtio/fs_device: hostile drivers',
  'devices/virtio/io_engine',
  'devices/virtio/mmio_transport',
  'devices/virtio/net_control',
  'devices/virtio/net_device',
  'devices/virtio/net_frame',
  'devices/virtio/net_rate',
  'devices/virtio/net_receiver',
  'devices/virtio/net_stream',
  'devices/virtio/overlay crash',
  'devices/virtio/overlay_disk',
  'devices/virtio/overlay_map',
  'devices/virtio/page_release',
  'devices/virtio/page_run',
  'devices/virtio/rng_device',
  'devices/virtio/split_queue',
  'devices/virtio/split_queue: hostile drivers',
  'devices/virtio/stream_port',
  'devices/virtio/token_bucket',
  'devices/virtio/transport_status',
  'devices/virtio/vhost_net_device',
  'devices/virtio/vhost_net_device: trouble',
  'devices/virtio/vsock/connect_line',
  'devices/virtio/vsock/connection',
  'devices/virtio/vsock/credit',
  'devices/virtio/vsock/packet',
  'devices/virtio/vsock: ends',
  'devices/virtio/vsock: from the guest',
  'devices/virtio/vsock: from the host',
  'devices/virtio/vsock: hostile guests',
  'engine/coalesced_output',
  'engine/console',
  'engine/decode_plan',
  'engine/decode_plan: power',
  'engine/decode_plan: virtio',
  'engine/event',
  'engine/idle_pause',
  'engine/instruction_name',
  'engine/placement',
  'keeper/console',
  'keeper/events',
  'keeper/helpers',
  'keeper/own_cgroup',
  'keeper/probe',
  'kvm/coalesced_ring',
  'kvm/decode_exit',
  'memory/guest_memory',
  'memory/guest_memory: shared',
  'memory/huge pages',
  'vmm/arguments',
  'vmm/arguments: --on-reset',
  'base/bounded_log',
  'vmm/broker',
  'vmm/control_desk',
  'vmm/control_request',
  'vmm/control_server',
  'vmm/descriptor_pump',
  'vmm/event_log',
  'vmm/sandbox_event',
  'vmm/segment',
]

/** They make taps in network namespaces of their own. */
const tapSuites = ['devices/virtio/tap_backend', 'vmm/segment bridge']

function reasonToSkipTaps(): string | false {
  const { status } = spawnSync('unshare', ['--net', 'test', '-w', '/dev/net/tun'])
  return status === 0 ? false : 'no tap can be made (/dev/net/tun, CAP_NET_ADMIN)'
}

function reasonToSkip(): string | false {
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK)
    return false
  } catch {
    return '/dev/kvm cannot be opened'
  }
}

const root = fileURLToPath(new URL('../../', import.meta.url))

/** The plan of manifests/hello.yaml, four processors, as JSON. */
function helloPlan(directory: string): string {
  const saved = join(directory, 'saved.json')
  const args = ['dist/bin/volt.cjs', 'plan', '-o', saved, 'manifests/hello.yaml']
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' })
  assert.is(status, 0, stderr)
  return JSON.stringify((JSON.parse(readFileSync(saved, 'utf8')) as PlanEnvelope).plan)
}

/** Runs hello in the preset's own volt-vmm; what it printed, and what the sanitizer said. */
function runHello(preset: Preset, environment: Record<string, string>) {
  const directory = mkdtempSync(join(tmpdir(), 'volt-sanitized-'))
  const plan = join(directory, 'plan.json')
  writeFileSync(plan, helloPlan(directory))
  const descriptors = [openSync(plan, 'r'), openSync('/dev/kvm', 'r+'), openSync(`${root}guests/hello/hello.elf`, 'r')]
  try {
    const args = '--plan 3 --kvm 4 --file kernel=5 --console-out 1'.split(' ')
    return spawnSync(`${root}build-${preset}/Release/volt-vmm`, args, {
      stdio: ['ignore', 'pipe', 'pipe', ...descriptors],
      encoding: 'utf8',
      timeout: 60_000,
      env: { ...process.env, ...environment },
    })
  } finally {
    for (const descriptor of descriptors) closeSync(descriptor)
    rmSync(directory, { recursive: true })
  }
}

for (const { preset, title, environment } of sanitizers) {
  const run = (suites: string[]) => {
    buildTests(preset)
    const { cases, status, stderr } = runTests(preset, suites, environment)
    assert.equal([...new Set(cases.map((result) => result.suite))].sort(), [...suites].sort(), 'every suite is there')
    const failed = cases.filter((result) => result.outcome !== 'passed')
    assert.equal(failed, [], stderr)
    assert.not.match(stderr, /Sanitizer|runtime error/)
    assert.is(status, 0, stderr)
  }
  test(`nothing is found under ${title} without a machine`, () => run(otherSuites))
  test.skipIf(reasonToSkipTaps(), `nothing is found under ${title} on the kernel's taps`, () => run(tapSuites))
  test.skipIf(reasonToSkip(), `nothing is found under ${title} in the lives of machines`, () => run(kvmSuites))
  test.skipIf(reasonToSkip(), `nothing is found under ${title} when machines are switched off`, () => run(powerSuites))
  test.skipIf(reasonToSkip(), `nothing is found under ${title} while hello starts four processors`, () => {
    buildTests(preset)
    const { status, stdout, stderr } = runHello(preset, environment)
    assert.match(stdout, '4 of 4 processors answered')
    assert.not.match(stderr, /Sanitizer|runtime error/)
    assert.is(status, 0, stderr)
  })
}

test.run()
