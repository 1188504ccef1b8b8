// A Debian whose tap the lab's kernel serves (vhost-net): files each way over two pairs of queues, a pause, a reset of the
// driver, and the end of the tap.
import { execFileSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { answersOf, commandOf, SHELL, step, type Handle, type Line } from './dialogue.ts'
import { LAB_CPU } from './guests.ts'
import { makeTap } from './make-tap.ts'
import { DOWNLOAD, TRANSFER_STEPS } from './net-steps.ts'
import { SERVER_ADDRESS, SERVER_NAME, SERVER_PORT } from './net-services.ts'

export const VHOST_GUEST = 'vhost'

const TAP = 'volt-vhost'
const HOST_ADDRESS = '10.13.0.1'
const GUEST_ADDRESS = '10.13.0.2'
const QUEUES = 2
const UNDER_WAY_MS = 500
const PAUSE_MS = 2000

export const VHOST_ANSWERS = answersOf([
  'has-queues',
  'downloaded',
  'uploaded',
  'downloaded-again',
  'paused',
  'again',
  'unplugged',
])

/** Only in the lab. */
export function makeVhostTap(): void {
  makeTap(TAP, HOST_ADDRESS, 'multi_queue')
}

/** The prompt is written so that its echo is none. */
const setUp =
  'mount -t proc proc /proc; mount -t sysfs sysfs /sys; mount -t tmpfs tmpfs /tmp; modprobe virtio_net; hostname volt-debian; ' +
  `cd /root; echo ${SERVER_ADDRESS} ${SERVER_NAME} >>/etc/hosts; PS1='root@volt-debian:~''# '`
const configure = `ip addr add ${GUEST_ADDRESS}/24 dev eth0 && ip link set eth0 up && ip route add default via ${HOST_ADDRESS}`
const again = 'modprobe -r virtio_net && modprobe virtio_net'
const ask = `curl -sf http://${SERVER_NAME}:${SERVER_PORT}/digest/1`

/** Whether the machine stood still, and went on. */
let paused: Promise<boolean> = Promise.resolve(false)

/** In the middle of a file. */
async function pause(machine: Handle): Promise<boolean> {
  await sleep(UNDER_WAY_MS)
  const stood = machine.pause()
  await sleep(PAUSE_MS)
  return machine.resume() && stood
}

function downloadWithPause(machine: Handle): Promise<string> {
  paused = pause(machine)
  return Promise.resolve(commandOf('downloaded-again', DOWNLOAD))
}

async function tellPause(): Promise<string> {
  return commandOf('paused', String(await paused))
}

/** What the card has no more is seen by its driver. */
async function removeTap(): Promise<string> {
  execFileSync('ip', ['link', 'del', TAP])
  return commandOf('unplugged', 'until [ "$(cat /sys/class/net/eth0/carrier)" = 0 ]; do sleep 1; done')
}

export const VHOST_DIALOGUE: Line[] = [
  { prompt: /root@\(none\):\/# /, type: `${setUp}\n` },
  step('has-queues', `${configure} && [ "$(ls -d /sys/class/net/eth0/queues/tx-* | wc -l)" = ${QUEUES} ]`),
  ...TRANSFER_STEPS,
  { prompt: SHELL, type: downloadWithPause },
  { prompt: SHELL, type: tellPause },
  step('again', `${again} && ${configure} && ${ask}`),
  { prompt: SHELL, type: removeTap },
  { prompt: SHELL, type: 'echo o >/proc/sysrq-trigger\n' },
]

/** Writes the manifest: the root disk of the Debian guest, and a shell in place of systemd. */
export async function writeVhostGuest(directory: string, cache: string): Promise<void> {
  await mkdir(directory, { recursive: true })
  const debian = join(cache, 'debian')
  const manifest = {
    apiVersion: 'volt/v1',
    kind: 'MicroVM',
    metadata: { name: VHOST_GUEST },
    kernel: {
      image: join(debian, 'vmlinuz'),
      initrd: join(debian, 'initrd.img'),
      cmdline: 'console=ttyS0 root=/dev/vda rw quiet panic=-1 init=/bin/bash',
    },
    vcpus: QUEUES,
    cpu: LAB_CPU,
    memory: '256MiB',
    rng: false,
    networks: [{ tap: TAP, vhost: true, queues: QUEUES }],
    disks: [{ name: 'root', path: join(debian, 'root.img'), overlay: true }],
  }
  await writeFile(join(directory, `${VHOST_GUEST}.yaml`), JSON.stringify(manifest))
}
