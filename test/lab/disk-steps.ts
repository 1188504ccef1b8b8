// What the Debian guest does with a disk of each cache mode: random writes that are read back, and discards.
import { mkdir, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { step, type Line } from './dialogue.ts'

const CACHES = ['writeback', 'writethrough', 'unsafe'] as const
const DISK_BYTES = 32 * 2 ** 20
/** Root is vda. */
export const DEVICES = CACHES.map((cache, index) => ({ cache, device: `/dev/vd${'bcd'[index]}` }))

export const verify = (device: string) =>
  `fio --name=verify --filename=${device} --size=100% --direct=1 --ioengine=libaio --iodepth=8 --rw=randwrite ` +
  `--bsrange=512-96k --fsync=64 --verify=crc32c --verify_fatal=1 --output=/dev/null`
const discard = (device: string) => `blkdiscard ${device} && cmp -n ${DISK_BYTES} ${device} /dev/zero`

export const DISK_NAMES = CACHES.flatMap((cache) => [`verified-${cache}`, `discarded-${cache}`])

export const DISK_STEPS: Line[] = DEVICES.flatMap(({ cache, device }) => [
  step(`verified-${cache}`, verify(device)),
  step(`discarded-${cache}`, discard(device)),
])

/** Empty images in `directory`; returns the manifest's entries. */
export async function makeDisks(directory: string): Promise<object[]> {
  await mkdir(directory, { recursive: true })
  return Promise.all(
    CACHES.map(async (cache) => {
      const path = join(directory, `${cache}.img`)
      await writeFile(path, '')
      await truncate(path, DISK_BYTES)
      return { name: cache, path, cache, queues: 2 }
    }),
  )
}
