// What only one network can have: a port of the host, a tap of one queue, an address in what may be one segment.
import { formatListener, parsePort, portsCollide } from '../manifest/ports.ts'
import type { NetworkSpec } from '../manifest/spec.ts'

/** A machine of a file with its networks. */
interface NetworkOwner {
  name: string
  networks: readonly NetworkSpec[]
}

export interface SharedNetwork {
  /** Index of the machine at fault: the later one. */
  owner: number
  problem: { code: 'V223' | 'V224'; message: string; pointer: string; hint: string }
}

interface Use {
  owner: number
  network: NetworkSpec
  pointer: string
}

/** A problem for each network that takes what one before it has. */
export function findSharedNetworks(owners: readonly NetworkOwner[]): SharedNetwork[] {
  const uses = owners.flatMap(({ networks }, owner) =>
    networks.map((network, index): Use => ({ owner, network, pointer: `/networks/${index}` })),
  )
  return uses.flatMap((use, index) => {
    const earlier = uses.slice(0, index)
    const by = (other: Use): string =>
      other.owner === use.owner ? `the network '${other.network.name}'` : `'${owners[other.owner]?.name}'`
    return [...sharedPorts(use, earlier, by), ...sharedTap(use, earlier, by), ...sharedMac(use, earlier, by)]
  })
}

type NameOf = (use: Use) => string

/** Its own earlier ports count too. */
function sharedPorts(use: Use, earlier: readonly Use[], by: NameOf): SharedNetwork[] {
  const texts = use.network.user?.ports ?? []
  return texts.flatMap((text, index): SharedNetwork[] => {
    const port = parsePort(text)
    if (port === undefined) return []
    const collides = (other: string): boolean => {
      const parsed = parsePort(other)
      return parsed !== undefined && portsCollide(parsed, port)
    }
    const rival = earlier.find(({ network }) => network.user?.ports.some(collides))
    if (rival === undefined && !texts.slice(0, index).some(collides)) return []
    const who = rival === undefined ? 'the same network' : by(rival)
    return [
      {
        owner: use.owner,
        problem: {
          code: 'V224',
          message: `${formatListener(port)} of the host is taken by ${who}`,
          pointer: `${use.pointer}/user/ports/${index}`,
          hint: 'give each a port of the host, or an address, of its own',
        },
      },
    ]
  })
}

/** Two devices on one tap would share its frames out between them, whatever its queues. */
function sharedTap({ owner, network, pointer }: Use, earlier: readonly Use[], by: NameOf): SharedNetwork[] {
  const rival = network.tap === undefined ? undefined : earlier.find((other) => other.network.tap === network.tap)
  if (rival === undefined) return []
  const message = `the interface ${network.tap} is taken by ${by(rival)}`
  const hint = 'make a tap for each; a bridge joins them'
  return [{ owner, problem: { code: 'V224', message, pointer: `${pointer}/tap`, hint } }]
}

/** Machines behind passt are apart; taps may hang on one bridge, and networks of one machine confuse its guest. */
function sharedMac({ owner, network, pointer }: Use, earlier: readonly Use[], by: NameOf): SharedNetwork[] {
  const meets = (other: Use): boolean =>
    other.owner === owner ||
    (isOfTheHost(other.network) && isOfTheHost(network)) ||
    (other.network.network !== undefined && other.network.network === network.network)
  const rival = earlier.find((other) => other.network.mac === network.mac && meets(other))
  if (rival === undefined) return []
  const message = `the address ${network.mac} is taken by ${by(rival)}`
  return [{ owner, problem: { code: 'V223', message, pointer: `${pointer}/mac`, hint: 'leave mac out' } }]
}

/** On an Ethernet segment that is not of Volt's making. */
function isOfTheHost({ tap, bridge }: NetworkSpec): boolean {
  return tap !== undefined || bridge !== undefined
}
