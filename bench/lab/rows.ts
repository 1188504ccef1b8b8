// What is measured in a guest, as commands of its shell that end in one number.
export interface Row {
  name: string
  title: string
  unit: string
  /** Prints a number as its last line. */
  command: string
}

/** Addresses in the lab: `tap` and `vhost` are links of their own, `user` is reached through passt. */
export const HOST_ADDRESSES = { tap: '10.11.0.1', vhost: '10.12.0.1', user: '198.51.100.1' } as const
export const MACS = { tap: '52:54:00:00:11:02', vhost: '52:54:00:00:12:02', user: '52:54:00:00:13:02' } as const
export const DISK_SERIAL = 'bench'
export const VSOCK_MIB = 256
/** Ports of the host's: what it takes, and what it gives. */
export const VSOCK_PORTS = { sink: 901, source: 902 } as const

const SECONDS = 8
const disk = `/dev/disk/by-id/virtio-${DISK_SERIAL}`

/** fio's terse fields: 8 and 49 are reads' and writes' IOPS, 7 and 48 their KiB/s. */
function fio(mode: string, blockSize: string, field: number): string {
  const options = `--filename=${disk} --direct=1 --ioengine=libaio --iodepth=32 --runtime=${SECONDS} --time_based`
  return `fio --name=row ${options} --rw=${mode} --bs=${blockSize} --output-format=terse | awk -F';' '{ print $${field} }'`
}

/** No figure where the traffic would take another way than the link's own. */
function iperf(link: keyof typeof HOST_ADDRESSES, ...options: string[]): string {
  const address = HOST_ADDRESSES[link]
  const device = `$(ip -br link | awk '/${MACS[link]}/ { print $1 }')`
  return `ip route get ${address} | grep -q "dev ${device} " && iperf3 -c ${address} -t ${SECONDS} -f m ${options.join(' ')} | awk '/receiver/ { print $7 }'`
}

function vsock(transfer: string): string {
  return `s=$(date +%s.%N); ${transfer}; e=$(date +%s.%N); awk "BEGIN { print ${VSOCK_MIB} / ($e - $s) }"`
}

const { sink, source } = VSOCK_PORTS

export const ROWS: Row[] = [
  { name: 'read-4k', title: '4 KiB random reads', unit: 'IOPS', command: fio('randread', '4k', 8) },
  { name: 'write-4k', title: '4 KiB random writes', unit: 'IOPS', command: fio('randwrite', '4k', 49) },
  { name: 'read-1m', title: '1 MiB sequential reads', unit: 'KiB/s', command: fio('read', '1m', 7) },
  { name: 'write-1m', title: '1 MiB sequential writes', unit: 'KiB/s', command: fio('write', '1m', 48) },
  { name: 'tap-out', title: 'TCP by tap, guest to host', unit: 'Mbit/s', command: iperf('tap') },
  { name: 'tap-in', title: 'TCP by tap, host to guest', unit: 'Mbit/s', command: iperf('tap', '-R') },
  { name: 'vhost-out', title: 'TCP by tap with vhost-net, guest to host', unit: 'Mbit/s', command: iperf('vhost') }, // prettier-ignore
  { name: 'vhost-in', title: 'TCP by tap with vhost-net, host to guest', unit: 'Mbit/s', command: iperf('vhost', '-R') }, // prettier-ignore
  { name: 'user-out', title: 'TCP by passt, guest to host', unit: 'Mbit/s', command: iperf('user') },
  { name: 'user-in', title: 'TCP by passt, host to guest', unit: 'Mbit/s', command: iperf('user', '-R') },
  {
    name: 'vsock-out',
    title: 'vsock, guest to host',
    unit: 'MiB/s',
    command: vsock(`head -c ${VSOCK_MIB}M /dev/zero | socat -b 65536 -u - VSOCK-CONNECT:2:${sink}`),
  },
  {
    name: 'vsock-in',
    title: 'vsock, host to guest',
    unit: 'MiB/s',
    command: vsock(`socat -b 65536 -u VSOCK-CONNECT:2:${source} OPEN:/dev/null`),
  },
]
