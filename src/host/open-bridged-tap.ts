// Makes a tap on a bridge of the host's, which is gone with its last descriptor: nothing is left to clean up.
import { readFile, stat, type FileHandle } from 'node:fs/promises'
import { constants } from 'node:os'
import { VoltError } from '../volt-error.ts'
import { attachQueues } from './attach-queues.ts'
import { callNative } from './native-error.ts'
import { native } from './native.ts'

const NAMES = 'volt%d'
const INTERFACES = '/sys/class/net'

/**
 * A descriptor a queue; the caller closes them. `mtu` is the longest packet that the guest is told of. Throws HOST_ERROR
 * with what to do, or NOT_BUILT.
 */
export async function openBridgedTap(bridge: string, queues: number, mtu: number): Promise<FileHandle[]> {
  const bridgeMtu = await mtuOf(bridge)
  if (bridgeMtu < mtu) {
    throw new VoltError('HOST_ERROR', `the bridge ${bridge} has an MTU of ${bridgeMtu}, and the network wants ${mtu}`, {
      errno: constants.errno.EINVAL,
      hint: `write mtu: ${bridgeMtu}`,
    })
  }
  const tap = await attachQueues(NAMES, queues, queues > 1).catch((error: unknown) => {
    throw explain(bridge, error)
  })
  try {
    // The bridge's own: a smaller one would become the bridge's.
    callNative(() => native().plugTap(tap.name, bridge, bridgeMtu))
    return tap.handles
  } catch (error) {
    await Promise.all(tap.handles.map((handle) => handle.close()))
    throw explain(bridge, error)
  }
}

async function mtuOf(bridge: string): Promise<number> {
  const hint = `\`sudo ip link add ${bridge} type bridge\` makes one; \`ip link show type bridge\` lists those that are there`
  const exists = async (path: string): Promise<boolean> =>
    stat(path).then(
      () => true,
      () => false,
    )
  const directory = `${INTERFACES}/${bridge}`
  if (await exists(`${directory}/bridge`)) return Number(await readFile(`${directory}/mtu`, 'utf8'))
  if (await exists(directory)) {
    throw new VoltError('HOST_ERROR', `the interface ${bridge} is no bridge`, { errno: constants.errno.EINVAL, hint })
  }
  throw new VoltError('HOST_ERROR', `there is no bridge ${bridge} (ENODEV)`, { errno: constants.errno.ENODEV, hint })
}

function explain(bridge: string, error: unknown): unknown {
  if (!(error instanceof VoltError) || error.errno !== constants.errno.EPERM || error.hint !== undefined) return error
  const message = `cannot put a tap on the bridge ${bridge} (EPERM): this takes CAP_NET_ADMIN`
  const hint =
    'run as root, or attach to a tap that root made for you (`tap: NAME`), or use `user: true`, which needs no rights'
  return new VoltError('HOST_ERROR', message, { errno: constants.errno.EPERM, hint, cause: error })
}
