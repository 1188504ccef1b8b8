// A whole Debian from a virtio disk: what is typed at its console, and what must come back.
import { mkdir, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { LAB_CPU } from './guests.ts'

/** Answers a prompt on the console; `prompt` is looked for behind what the last one matched. */
export interface Line {
  prompt: RegExp
  type: string
}

export const DISK_GUEST = 'disk-debian'
const CACHES = ['writeback', 'writethrough', 'unsafe'] as const
const DISK_BYTES = 32 * 2 ** 20
/** Root is vda; a number made by the shell, so that the echo of the command is no answer. */
const DEVICES = CACHES.map((cache, index) => ({ cache, device: `/dev/vd${'bcd'[index]}` }))
const SHELL = /root@volt-debian:~# /

const verify = (device: string) =>
  `fio --name=verify --filename=${device} --size=100% --direct=1 --ioengine=libaio --iodepth=8 --rw=randwrite ` +
  `--bsrange=512-96k --fsync=64 --verify=crc32c --verify_fatal=1 --output=/dev/null`
const discard = (device: string) => `blkdiscard ${device} && cmp -n ${DISK_BYTES} ${device} /dev/zero`

/** Answers that show each step done. */
export const DISK_ANSWERS = [
  ...DEVICES.flatMap(({ cache }) => [`verified-${cache}-2`, `discarded-${cache}-2`]),
  'systemd-is-running-2',
]

export const DISK_DIALOGUE: Line[] = [
  { prompt: /volt-debian login: /, type: 'root\n' },
  // What systemd prints beside the shell is not to be mistaken for its prompt.
  {
    prompt: SHELL,
    type: 'systemctl is-system-running --wait; systemctl is-active getty.target && echo systemd-is-running-$((1+1))\n',
  },
  ...DEVICES.flatMap(({ cache, device }) => [
    { prompt: SHELL, type: `${verify(device)} && echo verified-${cache}-$((1+1))\n` },
    { prompt: SHELL, type: `${discard(device)} && echo discarded-${cache}-$((1+1))\n` },
  ]),
  { prompt: SHELL, type: 'systemctl poweroff\n' },
]

/** Writes the manifest to `directory`, and empty disks beside it. */
export async function writeDiskGuest(directory: string, cache: string): Promise<void> {
  const images = join(directory, '..', 'images')
  await mkdir(directory, { recursive: true })
  await mkdir(images, { recursive: true })
  const disks = []
  for (const { cache: mode } of DEVICES) {
    const path = join(images, `${mode}.img`)
    await writeFile(path, '')
    await truncate(path, DISK_BYTES)
    disks.push({ name: mode, path, cache: mode, queues: 2 })
  }
  const debian = join(cache, 'debian')
  const manifest = {
    apiVersion: 'volt/v1',
    kind: 'MicroVM',
    metadata: { name: DISK_GUEST },
    kernel: {
      image: join(debian, 'vmlinuz'),
      initrd: join(debian, 'initrd.img'),
      cmdline: 'console=ttyS0 root=/dev/vda rw quiet panic=-1',
    },
    vcpus: 2,
    cpu: LAB_CPU,
    memory: '512MiB',
    disks: [{ name: 'root', path: join(debian, 'root.img'), overlay: true }, ...disks],
  }
  await writeFile(join(directory, `${DISK_GUEST}.yaml`), JSON.stringify(manifest))
}
