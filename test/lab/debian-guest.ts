// A whole Debian with every kind of virtio device: what is typed at its console, and what must come back.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BALLOON, BALLOON_NAMES, BALLOON_STEPS, MEMORY_MIB } from './balloon-steps.ts'
import { CONSOLE, CONSOLE_NAMES, CONSOLE_STEPS, CONSOLE_WORDS } from './console-steps.ts'
import { answersOf, SHELL, step, type Line } from './dialogue.ts'
import { DISK_NAMES, DISK_STEPS, makeDisks } from './disk-steps.ts'
import { LAB_CPU } from './guests.ts'
import { PAUSE_NAMES, PAUSE_STEPS } from './pause-steps.ts'
import { NET_NAMES, NET_STEPS, NETWORKS } from './net-steps.ts'
import { SHARE_NAMES, SHARE_STEPS, SHARES } from './share-steps.ts'
import { VSOCK, VSOCK_NAMES, VSOCK_STEPS } from './vsock-steps.ts'

export const DEBIAN_GUEST = 'debian'

/** Answers that show each step done. */
export const DEBIAN_ANSWERS = answersOf([
  'systemd-is-running',
  ...BALLOON_NAMES,
  ...NET_NAMES,
  ...VSOCK_NAMES,
  ...SHARE_NAMES,
  ...DISK_NAMES,
  ...PAUSE_NAMES,
  ...CONSOLE_NAMES,
])

export const LOGIN: Line = { prompt: /volt-debian login: /, type: 'root\n' }
export const POWER_OFF: Line = { prompt: SHELL, type: 'systemctl poweroff\n' }

export const DEBIAN_DIALOGUE: Line[] = [
  LOGIN,
  // What systemd prints beside the shell is not to be mistaken for its prompt.
  step('systemd-is-running', '{ systemctl is-system-running --wait; systemctl is-active getty.target; }'),
  ...BALLOON_STEPS,
  ...NET_STEPS,
  ...VSOCK_STEPS,
  ...SHARE_STEPS,
  ...DISK_STEPS,
  ...PAUSE_STEPS,
  ...CONSOLE_STEPS,
  POWER_OFF,
]

/** Writes the manifest to `directory`, and empty disks beside it. */
export async function writeDebianGuest(directory: string, cache: string): Promise<void> {
  await writeDebian(directory, cache, DEBIAN_GUEST, await makeDisks(join(directory, '..', 'images')))
}

/** A Debian with these disks and networks beside its own. */
export async function writeDebian(
  directory: string,
  cache: string,
  name: string,
  disks: object[],
  networks: object[] = [],
): Promise<void> {
  await mkdir(directory, { recursive: true })
  const debian = join(cache, 'debian')
  const manifest = {
    apiVersion: 'volt/v1',
    kind: 'MicroVM',
    metadata: { name },
    kernel: {
      image: join(debian, 'vmlinuz'),
      initrd: join(debian, 'initrd.img'),
      cmdline: `${CONSOLE_WORDS} root=/dev/vda rw quiet panic=-1`,
    },
    vcpus: 2,
    cpu: LAB_CPU,
    memory: `${MEMORY_MIB}MiB`,
    networks: [...NETWORKS, ...networks],
    vsock: VSOCK,
    balloon: BALLOON,
    shares: SHARES,
    console: CONSOLE,
    rng: true,
    disks: [{ name: 'root', path: join(debian, 'root.img'), overlay: true }, ...disks],
  }
  await writeFile(join(directory, `${name}.yaml`), JSON.stringify(manifest))
}
