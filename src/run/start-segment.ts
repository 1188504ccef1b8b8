// Starts `volt-vmm segment`, the process that holds a private network (docs/private-networks.md).
import { spawn, type ChildProcess } from 'node:child_process'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { requireVmm, VMM_FILE } from '../host/built-files.ts'
import { inDirectory } from '../host/listen-socket.ts'
import { subnetOf } from '../manifest/segment-address.ts'
import { VoltError } from '../volt-error.ts'
import { findDnsmasq } from './helper-programs.ts'
import { listenAt } from './listen-at.ts'
import { parseSegmentAnswer, segmentError } from './segment-answer.ts'
import { segmentLog, segmentSocket } from './segment-files.ts'

/** Its socket's place in its descriptor table. */
const SOCKET = 3

/**
 * Returns when it takes requests on its socket in `directory`, the project's; it ends by itself. To be called with the
 * project's lock held, so that there are never two. Throws HOST_ERROR or NOT_BUILT, and leaves no process.
 */
export async function startSegment(directory: string, network: string): Promise<void> {
  requireVmm()
  const dnsmasq = await findDnsmasq()
  const path = segmentSocket(network)
  // Under the lock that an older holder takes to remove its socket.
  const socket = await inDirectory(directory, path, listenAt)
  const logPath = join(directory, segmentLog(network))
  await rm(logPath, { force: true })
  const log = await open(logPath, 'ax', 0o600)
  try {
    const args = ['segment', '--socket', String(SOCKET), '--path', `./${path}`, '--name', network]
    const child = spawn(VMM_FILE, [...args, '--subnet', subnetOf(network), '--dnsmasq', dnsmasq], {
      stdio: ['ignore', 'pipe', log.fd, socket.fd],
      cwd: directory,
      env: {},
      detached: true,
    })
    const answer = parseSegmentAnswer(await firstWords(child, network))
    child.unref()
    if (!answer.ok) throw segmentError(`the private network '${network}' cannot be made`, answer)
  } finally {
    await Promise.all([socket.close(), log.close()])
  }
}

/** All that it says before it is ready; it closes its standard output then. */
async function firstWords(child: ChildProcess, network: string): Promise<string> {
  const failed = new Promise<never>((_done, fail) => {
    child.once('error', (cause: NodeJS.ErrnoException) => {
      const errno = cause.errno === undefined ? {} : { errno: Math.abs(cause.errno) }
      const message = `the holder of the private network '${network}' did not start: ${cause.message}`
      fail(new VoltError('HOST_ERROR', message, { ...errno, cause }))
    })
  })
  const { stdout } = child
  return Promise.race([failed, stdout === null ? '' : text(stdout)])
}
