// In the lab: `job.ts REPEATS` runs every row under both monitors, by turns, and leaves rows.json in $VOLT_LAB_RESULTS.
import { execFileSync, spawn } from 'node:child_process'
import { truncate, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { probeHost } from '../../src/index.ts'
import { answer, Dialogue, SHELL, type Line } from '../../test/lab/dialogue.ts'
import { startQemu, startVolt, VSOCK_PATH, type Guest } from './monitors.ts'
import { HOST_ADDRESSES, MACS, ROWS, VSOCK_MIB, VSOCK_PORTS } from './rows.ts'

/** Figures of one run, by the names of rows. */
export type Figures = Record<string, number>

const MONITORS = { volt: startVolt, qemu: startQemu } as const
const repeats = Number(process.argv[2] ?? 2)
const results = process.env['VOLT_LAB_RESULTS'] ?? '.'
const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache')
const guest: Guest = { debian: join(cache, 'volt-lab/debian'), image: '/run/bench.img' }
const IMAGE_BYTES = 256 * 2 ** 20
const LIMIT_MS = 600_000
const nobody = { pause: () => false, resume: () => false, resize: () => undefined }

const ip = (...words: string[]): void => void execFileSync('ip', words)

/** A tap of each monitor for each link; only those of the one that runs have the address. */
function makeTaps(): void {
  for (const link of ['tap', 'vhost'])
    for (const monitor of ['volt', 'qemu']) ip('tuntap', 'add', `${monitor}-${link}`, 'mode', 'tap')
}

function giveAddresses(monitor: string, verb: 'add' | 'del'): void {
  for (const link of ['tap', 'vhost'] as const) {
    ip('addr', verb, `${HOST_ADDRESSES[link]}/24`, 'dev', `${monitor}-${link}`)
    ip('link', 'set', `${monitor}-${link}`, verb === 'add' ? 'up' : 'down')
  }
}

/**
 * On the lab's one processor a thread that is woken waits for the next tick by default, which would be all that is measured.
 * Here it runs at once, as on a machine that has a processor for it.
 */
async function wakeAtOnce(): Promise<void> {
  await writeFile('/sys/kernel/debug/sched/wakeup_granularity_ns', '0')
  await writeFile('/sys/kernel/debug/sched/min_granularity_ns', '100000')
}

function startServers(): void {
  const background = (program: string, ...args: string[]): void =>
    spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] }).unref()
  background('iperf3', '--server')
  const source = `SYSTEM:head -c ${VSOCK_MIB}M /dev/zero`
  background('socat', '-b', '65536', '-u', `UNIX-LISTEN:${VSOCK_PATH}_${VSOCK_PORTS.sink},fork`, 'OPEN:/dev/null')
  background('socat', '-b', '65536', '-U', `UNIX-LISTEN:${VSOCK_PATH}_${VSOCK_PORTS.source},fork`, source)
  background('socat', '-b', '65536', '-u', `VSOCK-LISTEN:${VSOCK_PORTS.sink},fork`, 'OPEN:/dev/null')
  background('socat', '-b', '65536', '-U', `VSOCK-LISTEN:${VSOCK_PORTS.source},fork`, source)
}

function ownAddress(link: 'tap' | 'vhost'): string {
  return HOST_ADDRESSES[link].replace(/1$/, '2')
}

/** The guest's address on a tap, for its own networkd, which would take away one that it did not give. */
function configure(link: 'tap' | 'vhost'): string {
  const text = `[Match]\\nMACAddress=${MACS[link]}\\n[Network]\\nAddress=${ownAddress(link)}/24\\n`
  return `printf '${text}' > /run/systemd/network/05-${link}.network`
}

/** Until then the way to the taps is that by passt. */
const isReached = [
  `ip route get ${HOST_ADDRESSES.user}`,
  ...(['tap', 'vhost'] as const).map(
    (link) => `ip route get ${HOST_ADDRESSES[link]} | grep -q 'src ${ownAddress(link)} '`,
  ),
].join(' && ')

const DIALOGUE: Line[] = [
  { prompt: /volt-debian login: /, type: 'root\n' },
  { prompt: SHELL, type: `${configure('tap')}; ${configure('vhost')}; networkctl reload; ${answer('set')}\n` },
  { prompt: SHELL, type: `until ${isReached}; do sleep 1; done; ${answer('up')}\n` },
  ...ROWS.map(({ name, command }): Line => ({ prompt: SHELL, type: `echo "row" ${name} $(${command})\n` })),
  { prompt: SHELL, type: 'systemctl poweroff\n' },
]

async function measure(name: keyof typeof MONITORS): Promise<Figures> {
  giveAddresses(name, 'add')
  const held = new Dialogue(DIALOGUE)
  const monitor = await MONITORS[name](guest, await probeHost(), (said) => {
    void held.hear(said, nobody).then((text) => monitor.write(text))
  })
  const timer = setTimeout(() => {
    console.error(held.log.slice(-2000))
    process.exit(1)
  }, LIMIT_MS)
  await monitor.ended
  clearTimeout(timer)
  giveAddresses(name, 'del')
  const figures: Figures = {}
  for (const [, row, figure] of held.log.matchAll(/^row (\S+) ([\d.]+)/gm)) figures[row ?? ''] = Number(figure)
  console.error(`bench: ${name}: ${JSON.stringify(figures)}`)
  if (Object.keys(figures).length < ROWS.length) console.error(held.log.slice(-4000))
  return figures
}

await writeFile(guest.image, '')
await truncate(guest.image, IMAGE_BYTES)
await wakeAtOnce()
makeTaps()
startServers()
const runs: Record<keyof typeof MONITORS, Figures[]> = { volt: [], qemu: [] }
for (let repeat = 0; repeat < repeats; repeat++) {
  for (const name of ['volt', 'qemu'] as const) {
    runs[name].push(await measure(name))
    await writeFile(join(results, 'rows.json'), JSON.stringify(runs))
  }
}
process.exit(0)
