// What only one vsock of a file can have: its CID, and the path of its socket.
import type { VsockSpec } from '../manifest/spec.ts'
import { OWN_SOCKET } from './vsock-place.ts'

/** A machine of a file; `socket` as readVsock gives it. */
interface VsockOwner {
  name: string
  vsock?: VsockSpec
  socket?: string
}

export interface SharedVsock {
  /** Index of the machine at fault: the later one. */
  owner: number
  problem: { code: 'V225' | 'V226'; message: string; pointer: string; hint: string }
}

export function findSharedVsocks(owners: readonly VsockOwner[]): SharedVsock[] {
  return owners.flatMap(({ vsock, socket }, owner): SharedVsock[] => {
    if (vsock === undefined) return []
    const found: SharedVsock[] = []
    const earlier = owners.slice(0, owner)
    const sameCid = earlier.find((other) => other.vsock?.cid === vsock.cid)
    if (sameCid !== undefined) {
      const message = `the CID ${vsock.cid} is taken by '${sameCid.name}'`
      const hint = 'give each a CID of its own, or leave it out'
      found.push({ owner, problem: { code: 'V225', message, pointer: '/vsock/cid', hint } })
    }
    const samePath = socket === OWN_SOCKET ? undefined : earlier.find((other) => other.socket === socket)
    if (samePath !== undefined) {
      const message = `the socket ${socket} is taken by '${samePath.name}'`
      const hint = 'give each a path of its own, or leave it out'
      found.push({ owner, problem: { code: 'V226', message, pointer: '/vsock/path', hint } })
    }
    return found
  })
}
