// The agent as a layer of an initramfs: a cpio archive (newc) with its directories and the program.
import { readFile } from 'node:fs/promises'
import { AGENT_FILE, BUILD_HINT } from '../host/built-files.ts'
import { VoltError } from '../volt-error.ts'

/** Where the program is in the archive. */
const AGENT_PLACE = 'usr/bin/volt-agent'

const DIRECTORY_MODE = 0o040755
const PROGRAM_MODE = 0o100755
/** What comes behind may be packed or another archive: either is found at any multiple of it. */
const BLOCK_BYTES = 512

/** The same bytes for the same program, padded to whole blocks. Throws NOT_BUILT. */
export async function agentArchive(): Promise<Buffer> {
  const program = await readAgent()
  const directories = ['usr', 'usr/bin'].map((name, index) => entry(index + 1, name, DIRECTORY_MODE, Buffer.alloc(0)))
  const parts = [
    ...directories,
    entry(3, AGENT_PLACE, PROGRAM_MODE, program),
    entry(0, 'TRAILER!!!', 0, Buffer.alloc(0)),
  ]
  return padded(Buffer.concat(parts), BLOCK_BYTES)
}

async function readAgent(): Promise<Buffer> {
  try {
    return await readFile(AGENT_FILE)
  } catch (cause) {
    throw new VoltError('NOT_BUILT', 'volt-agent is not built', { hint: BUILD_HINT, cause })
  }
}

/** Header, name and content, the last two padded to 4 bytes, as initramfs-buffer-format of Linux's documentation says. */
function entry(inode: number, name: string, mode: number, content: Buffer): Buffer {
  const [user, group, links, time, device] = [0, 0, 1, 0, 0]
  const nameBytes = name.length + 1
  const numbers = [inode, mode, user, group, links, time, content.length, device, device, device, device, nameBytes, 0]
  const header = '070701' + numbers.map((number) => number.toString(16).toUpperCase().padStart(8, '0')).join('')
  return Buffer.concat([padded(Buffer.from(`${header}${name}\0`), 4), padded(content, 4)])
}

function padded(bytes: Buffer, multiple: number): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((multiple - (bytes.length % multiple)) % multiple)])
}
