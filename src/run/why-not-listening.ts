// Why a port of the host cannot be listened on, by trying: passt does not say.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, isIPv6 } from 'node:net'
import type { PortForward } from '../manifest/ports.ts'

export interface Reason {
  errno: number
  /** Completes "cannot listen on ADDRESS: ". */
  text: string
  hint: string
}

/** Undefined where it can be listened on after all. */
export async function whyNotListening(port: PortForward): Promise<Reason | undefined> {
  try {
    await (port.protocol === 'udp' ? listenByUdp(port) : listenByTcp(port))
    return undefined
  } catch (error) {
    const { code = 'unknown', errno = 0 } = error as NodeJS.ErrnoException
    return { errno: Math.abs(errno), ...wordsFor(code) }
  }
}

async function listenByTcp({ address, hostPort }: PortForward): Promise<void> {
  const server = createServer()
  server.listen({ port: hostPort, exclusive: true, ...(address !== undefined && { host: address }) })
  await once(server, 'listening')
  server.close()
}

async function listenByUdp({ address = '0.0.0.0', hostPort }: PortForward): Promise<void> {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4')
  socket.bind({ port: hostPort, address, exclusive: true })
  await once(socket, 'listening')
  socket.close()
}

function wordsFor(code: string): Omit<Reason, 'errno'> {
  switch (code) {
    case 'EADDRINUSE':
      return {
        text: 'the port is taken (EADDRINUSE)',
        hint: '`ss -lntup` shows by whom; take another port of the host',
      }
    case 'EACCES':
      return {
        text: 'the port needs a privilege (EACCES)',
        hint: 'take one from 1024 on, or lower net.ipv4.ip_unprivileged_port_start',
      }
    case 'EADDRNOTAVAIL':
      return { text: 'the address is not this host’s (EADDRNOTAVAIL)', hint: '`ip address` shows those that are' }
    default:
      return { text: code, hint: '`ss -lntup` shows what listens on this host' }
  }
}
