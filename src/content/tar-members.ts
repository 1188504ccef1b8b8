// The members of a tar archive, as volt-unpack tells them (addon/unpack/unpack.h): checked there, and parsed here.
import type { Readable } from 'node:stream'
import { unpack, UnpackFailure } from '../host/unpack.ts'
import { framedFiles } from '../store/framed-files.ts'
import { ContentError } from './content-error.ts'
import { ENTRIES_MAX } from './tree.ts'

export type MemberKind = 'file' | 'directory' | 'symlink' | 'hardlink' | 'character' | 'block' | 'fifo'

export interface TarMember {
  kind: MemberKind
  /** As TreeEntry has it; '' for the root. */
  path: string
  /** Of a hard link the path of another member, of a symlink its text, else ''. */
  target: string
  mode: number
  uid: number
  gid: number
  mtime: number
  major: number
  minor: number
  size: number
  /** To be read before the next member is asked for; what is left of it is skipped. */
  content: AsyncIterable<Buffer>
}

const KINDS: Readonly<Record<string, MemberKind>> = {
  f: 'file',
  d: 'directory',
  l: 'symlink',
  h: 'hardlink',
  c: 'character',
  b: 'block',
  p: 'fifo',
}

/** `what` names the archive, for people; it holds at most `limitBytes`. Throws ContentError, NOT_BUILT, HOST_ERROR, and what `take` throws. */
export async function readTar(
  tar: Readable,
  what: string,
  limitBytes: number,
  take: (members: AsyncIterable<TarMember>) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  await explained(what, () =>
    unpack({
      words: ['tar', String(limitBytes), String(ENTRIES_MAX)],
      packed: tar,
      take: (unpacked) => take(members(unpacked, what)),
      ...(signal && { signal }),
    }),
  )
}

/** Unpacks a compressed stream. Throws as readTar. */
export async function readPacked(
  packed: Readable,
  packing: 'gzip' | 'zstd',
  what: string,
  limitBytes: number,
  take: (unpacked: Readable) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  const words = ['stream', packing, String(limitBytes)]
  await explained(what, () => unpack({ words, packed, take, ...(signal && { signal }) }))
}

async function explained(what: string, body: () => Promise<void>): Promise<void> {
  try {
    await body()
  } catch (error) {
    if (!(error instanceof UnpackFailure)) throw error
    const hint = /more than is allowed/.test(error.message)
      ? 'a larger disk may be made from more'
      : 'copy or save it again'
    throw new ContentError('unfit', `${what} cannot be unpacked: ${error.message}`, hint)
  }
}

async function* members(stream: Readable, what: string): AsyncGenerator<TarMember> {
  for await (const { path: words, size, content } of framedFiles(stream)) {
    const [facts = '', path = '', target = ''] = words.split('\t')
    const [letter = '', ...numbers] = facts.split(' ')
    const [mode = 0, uid = 0, gid = 0, mtime = 0, major = 0, minor = 0] = numbers.map(Number)
    // How text that is no UTF-8 is shown: two such names may look like one.
    if (words.includes('\ufffd')) throw new ContentError('unfit', `${what} has a name that is not UTF-8: ${path}`)
    yield { kind: KINDS[letter] ?? 'file', path, target, mode, uid, gid, mtime, major, minor, size, content }
  }
}
