// Guests that write until their machine or the host is gone (power-cut.ts): one a cache mode, and one with a file system.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { LAB_CPU } from './guests.ts'
import { IMAGE } from './power-cut.ts'

export interface CutGuest {
  /** Begins with `cut-` where the host loses its power, with `killed-` where the machine is killed (boot-guests.ts). */
  name: string
  word: 'blocks' | 'files'
  cache: 'writeback' | 'writethrough' | 'unsafe'
}

export const CUT_GUESTS: CutGuest[] = [
  { name: 'cut-writeback', word: 'blocks', cache: 'writeback' },
  { name: 'cut-writethrough', word: 'blocks', cache: 'writethrough' },
  // What is promised is not kept, and so the others show something.
  { name: 'cut-unsafe', word: 'blocks', cache: 'unsafe' },
  { name: 'killed-files', word: 'files', cache: 'writeback' },
]

/** Writes the manifests. */
export async function writeCutGuests(directory: string, cacheDirectory: string): Promise<void> {
  await mkdir(directory, { recursive: true })
  for (const { name, word, cache } of CUT_GUESTS) {
    const manifest = {
      apiVersion: 'volt/v1',
      kind: 'MicroVM',
      metadata: { name },
      kernel: {
        image: join(cacheDirectory, 'vmlinuz'),
        initrd: join(cacheDirectory, 'guest.cpio'),
        cmdline: `console=ttyS0 panic=-1 quiet lab=${word}`,
      },
      cpu: LAB_CPU,
      memory: '256MiB',
      rng: false,
      disks: [{ name: 'data', path: IMAGE, cache }],
    }
    await writeFile(join(directory, `${name}.yaml`), JSON.stringify(manifest))
  }
}
