// Attaches to a tap interface that exists.
import { readFile, type FileHandle } from 'node:fs/promises'
import { constants } from 'node:os'
import { VoltError } from '../volt-error.ts'
import { attachQueues } from './attach-queues.ts'

/** Of linux/if_tun.h. */
const IFF_TAP = 0x2
const IFF_MULTI_QUEUE = 0x100

/** A descriptor a queue of the interface; the caller closes them. Throws HOST_ERROR with what to do, or NOT_BUILT. */
export async function openTap(name: string, queues: number): Promise<FileHandle[]> {
  const flags = await tapFlags(name)
  const multiQueue = (flags & IFF_MULTI_QUEUE) !== 0
  if (queues > 1 && !multiQueue) {
    throw new VoltError('HOST_ERROR', `the interface ${name} has one queue, and the network wants ${queues}`, {
      errno: constants.errno.EINVAL,
      hint: `make it with \`ip tuntap add ${name} mode tap multi_queue user …\`, or leave queues out`,
    })
  }
  try {
    const { handles } = await attachQueues(name, queues, multiQueue)
    return handles
  } catch (error) {
    throw error instanceof VoltError ? explainAttaching(name, error) : error
  }
}

/** Asked first: attaching to a name that is none would make an interface where this user may. */
async function tapFlags(name: string): Promise<number> {
  const add = `\`sudo ip tuntap add ${name} mode tap user $USER\` makes one`
  try {
    const flags = Number(await readFile(`/sys/class/net/${name}/tun_flags`, 'utf8'))
    if ((flags & IFF_TAP) !== 0) return flags
  } catch (cause) {
    const missing = await readFile(`/sys/class/net/${name}/ifindex`).then(
      () => false,
      () => true,
    )
    if (missing) {
      const errno = constants.errno.ENODEV
      throw new VoltError('HOST_ERROR', `there is no interface ${name} (ENODEV)`, { errno, hint: add, cause })
    }
  }
  throw new VoltError('HOST_ERROR', `the interface ${name} is no tap`, { errno: constants.errno.EINVAL, hint: add })
}

function explainAttaching(name: string, error: VoltError): VoltError {
  const { errno } = error
  if (errno === undefined || error.hint !== undefined) return error
  const { EBUSY, EPERM } = constants.errno
  const hints = new Map([
    [EBUSY, 'another program has it; end that first, or take another tap'],
    [EPERM, `it is another user's: \`sudo ip tuntap add ${name} mode tap user $USER\` makes one of yours`],
  ])
  const hint = hints.get(errno)
  return new VoltError(error.code, error.message, { errno, cause: error, ...(hint !== undefined && { hint }) })
}
