// Networks: names that repeat, what they are attached to, addresses and ports that are none.
import { checkBandwidth } from './check-rate.ts'
import type { Network } from './manifest.gen.ts'
import { parsePort } from './ports.ts'
import { child, quote, type Problem } from './problem.ts'
import { subnetOf } from './segment-address.ts'

const NETWORKS = '/networks'

/** The name of a network without one. */
export function defaultNetworkName(index: number): string {
  return `net${index}`
}

/** Of networks that the schema accepts. */
export function checkNetworks(networks: readonly Network[]): Problem[] {
  const first = new Map<string, number>()
  return networks.flatMap((network, index) => {
    const pointer = child(NETWORKS, index)
    const problems = [
      ...checkAttachment(network, pointer),
      ...checkVhost(network, pointer),
      ...checkSegment(networks, index),
      ...checkMac(network.mac, pointer),
      ...checkPorts(network, pointer),
      ...checkBandwidth(network.rateLimit?.receive, pointer, 'receive'),
      ...checkBandwidth(network.rateLimit?.transmit, pointer, 'transmit'),
    ]
    const name = network.name ?? defaultNetworkName(index)
    const other = first.get(name)
    if (other === undefined) first.set(name, index)
    else {
      const message = `the name ${quote(name)} is taken by networks[${other}]`
      const where = network.name === undefined ? pointer : child(pointer, 'name')
      problems.push({ code: 'V014', message, pointer: where, hint: 'give each network a name of its own' })
    }
    return problems
  })
}

function checkAttachment({ user = false, tap, bridge, network, queues = 1 }: Network, pointer: string): Problem[] {
  const given = [...(user === false ? [] : ['user']), ...(tap === undefined ? [] : ['tap'])]
  if (bridge !== undefined) given.push('bridge')
  if (network !== undefined) given.push('network')
  if (given.length !== 1) {
    const message =
      given.length === 0 ? 'the network is attached to nothing' : `the network has more than one of ${given.join(', ')}`
    return [
      { code: 'V221', message, pointer, hint: 'write one of user: true, tap: NAME, bridge: NAME and network: NAME' },
    ]
  }
  if (user === false || queues === 1) return []
  const message = 'a user network has one pair of queues: passt has one socket'
  return [{ code: 'V221', message, pointer: child(pointer, 'queues'), hint: 'leave queues out, or use a tap' }]
}

/** The kernel moves frames between the guest and a tap unread and unlimited. */
function checkVhost(network: Network, pointer: string): Problem[] {
  const { user = false, network: segment, preventSpoofing, rateLimit, vhost = false } = network
  if (!vhost) return []
  const given = [
    ...(user === false ? [] : ['user']),
    ...(segment === undefined ? [] : ['network']),
    ...(preventSpoofing === true ? ['preventSpoofing'] : []),
    ...(rateLimit === undefined ? [] : ['rateLimit']),
  ]
  return given.map((key) => {
    const attaches = key === 'user' || key === 'network'
    const message = attaches
      ? `vhost is for taps: the kernel does not move the frames of a ${key} network`
      : `the kernel moves the frames with vhost, and knows no ${key}`
    const hint = attaches ? 'leave vhost out, or use a tap' : `leave vhost or ${key} out`
    return { code: 'V221', message, pointer: child(pointer, attaches ? 'vhost' : key), hint }
  })
}

/** A machine is on a private network once, and on none whose addresses another of its networks has. */
function checkSegment(networks: readonly Network[], index: number): Problem[] {
  const name = networks[index]?.network
  if (name === undefined) return []
  const same = (other: Network): boolean => other.network !== undefined && subnetOf(other.network) === subnetOf(name)
  const rival = networks.findIndex(same)
  if (rival === index) return []
  const where = { code: 'V221', pointer: child(child(NETWORKS, index), 'network') } as const
  const taken = quote(networks[rival]?.network ?? '')
  if (networks[rival]?.network === name) {
    return [{ ...where, message: `networks[${rival}] is on ${taken} already`, hint: 'one card is enough' }]
  }
  const message = `${quote(name)} and ${taken} would have the same addresses, ${subnetOf(name)}: they follow from the names`
  return [{ ...where, message, hint: 'give one of the two another name' }]
}

/** The lowest bit of the first byte marks addresses of groups (IEEE 802). */
function checkMac(mac: string | undefined, pointer: string): Problem[] {
  if (mac === undefined) return []
  const where = child(pointer, 'mac')
  const first = Number.parseInt(mac.slice(0, 2), 16)
  if ((first & 1) === 1) {
    const own = ((first & 0xfe) | 2).toString(16).padStart(2, '0')
    const message = `${mac} is a multicast address, and a card has one of its own`
    return [{ code: 'V222', message, pointer: where, hint: `did you mean ${own}${mac.slice(2)}?` }]
  }
  if (!/^[0:]+$/.test(mac)) return []
  const hint = 'leave it out for an address that follows from the names'
  return [{ code: 'V222', message: 'an address of zeros belongs to no card', pointer: where, hint }]
}

function checkPorts({ user }: Network, pointer: string): Problem[] {
  const ports = typeof user === 'object' ? (user.ports ?? []) : []
  return ports.flatMap((text, index) => {
    if (parsePort(text) !== undefined) return []
    const where = child(child(child(pointer, 'user'), 'ports'), index)
    const message = `${quote(text)} has a port beyond 1 to 65535 or an address that is none`
    return [{ code: 'V007', message, pointer: where, hint: 'the host’s port comes first: "8080:80"' }]
  })
}
