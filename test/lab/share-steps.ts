// What the Debian guest does with shared directories: files each way with their digests, and a directory it may only read.
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { answer, SHELL, step, type Line } from './dialogue.ts'
import { TRANSFER_MIB } from './transfer.ts'

/** In the lab, in memory. */
const PLACE = '/run/volt-shares'
/** A MiB is no multiple of it: a page that is lost or comes twice changes the digest. */
const TEXT = 'volt over virtiofs\n'
const CHUNK = Buffer.alloc(2 ** 20 * TEXT.length, TEXT)

export const SHARES = [
  { tag: 'live', directory: `${PLACE}/live`, cache: 'none' },
  { tag: 'fixed', directory: `${PLACE}/fixed`, readOnly: true },
]

/** Before the manifest is looked at. */
export async function makeShares(): Promise<void> {
  await mkdir(`${PLACE}/live`, { recursive: true })
  await mkdir(`${PLACE}/fixed`, { recursive: true })
  await writeFile(`${PLACE}/fixed/said`, 'by the host\n')
}

function* content(): Generator<Buffer> {
  for (let left = TRANSFER_MIB * 2 ** 20; left > 0; left -= CHUNK.length) yield CHUNK.subarray(0, left)
}

async function digestOf(bytes: Iterable<Buffer> | AsyncIterable<Buffer>): Promise<string> {
  const hash = createHash('sha256')
  for await (const part of bytes) hash.update(part)
  return hash.digest('hex')
}

const mounted =
  'mkdir -p /mnt/live /mnt/fixed && mount -t virtiofs live /mnt/live && mount -t virtiofs fixed /mnt/fixed'

async function readByGuest(): Promise<string> {
  await pipeline(Readable.from(content()), createWriteStream(`${PLACE}/live/from-host`))
  const digest = await digestOf(content())
  const read = `[ "$(sha256sum </mnt/live/from-host)" = "${digest}  -" ]`
  return `${read} && rm /mnt/live/from-host && ${answer('share-read')}\n`
}

/** Without a cache each write is a request: large ones, since the lab takes milliseconds for each. */
const write =
  `yes '${TEXT.trim()}' | head -c ${TRANSFER_MIB * 2 ** 20} | dd of=/mnt/live/from-guest bs=1M iflag=fullblock status=none && ` +
  'sync -f /mnt/live'

async function readByHost(): Promise<string> {
  const arrived = await digestOf(createReadStream(`${PLACE}/live/from-guest`)).catch(String)
  const isSame = arrived === (await digestOf(content()))
  return `rm /mnt/live/from-guest && ${isSame ? answer('share-written') : `echo ${JSON.stringify(arrived)}`}\n`
}

const refused =
  'grep -q "by the host" /mnt/fixed/said && ! touch /mnt/fixed/new && ! rm -f /mnt/fixed/said && ' +
  'grep -q "by the host" /mnt/fixed/said'

export const SHARE_NAMES = ['shares-are-mounted', 'share-read', 'share-wrote', 'share-written', 'share-refused']

export const SHARE_STEPS: Line[] = [
  step('shares-are-mounted', mounted),
  { prompt: SHELL, type: readByGuest },
  step('share-wrote', write),
  { prompt: SHELL, type: readByHost },
  step('share-refused', refused),
]
