// What a private network has in the project's state directory while its holder runs.

/** The holder's socket. */
export function segmentSocket(network: string): string {
  return `network-${network}.sock`
}

/** What the holder and its dnsmasq say. */
export function segmentLog(network: string): string {
  return `network-${network}.log`
}

/** The network that a file belongs to; undefined for other files. */
export function segmentOf(file: string): string | undefined {
  return /^network-(.+)\.(?:sock|log)$/.exec(file)?.[1]
}
