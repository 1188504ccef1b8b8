// The same guest under Volt and under QEMU microvm, each with its console in this process's hands.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openInput, runInProcess, type HostFacts } from '../../src/index.ts'
import { LAB_CPU } from '../../test/lab/guests.ts'
import { DISK_SERIAL, MACS } from './rows.ts'

/** A Debian as test/lab/make-image builds it, and an image for the rows of disks. */
export interface Guest {
  debian: string
  image: string
}

export interface Monitor {
  write(text: string): void
  /** Settles when it has ended. */
  ended: Promise<unknown>
}

/** Prefix of Volt's sockets for the guest's connects. */
export const VSOCK_PATH = '/run/bench-vsock.sock'
const CID = 9
const MEMORY_MIB = 512
/** The lab has one processor: two of a guest would wait for each other, a tick at a time. */
const VCPUS = 1
/** As LAB_CPU: what needs XSAVE goes with it. */
const QEMU_CPU = 'host,-xsave,-avx,-avx2,-f16c,-fma'
const CMDLINE = 'console=ttyS0 root=LABEL=volt-root rw quiet panic=-1'

export async function startVolt(guest: Guest, host: HostFacts, hear: (said: string) => void): Promise<Monitor> {
  const manifest = {
    apiVersion: 'volt/v1',
    kind: 'MicroVM',
    metadata: { name: 'bench' },
    kernel: { image: join(guest.debian, 'vmlinuz'), initrd: join(guest.debian, 'initrd.img'), cmdline: CMDLINE },
    vcpus: VCPUS,
    cpu: LAB_CPU,
    memory: `${MEMORY_MIB}MiB`,
    disks: [
      { name: 'root', path: join(guest.debian, 'root.img'), overlay: true },
      { name: DISK_SERIAL, path: guest.image },
    ],
    networks: [
      { tap: 'volt-tap', mac: MACS.tap },
      { tap: 'volt-vhost', vhost: true, mac: MACS.vhost },
      { user: true, mac: MACS.user },
    ],
    vsock: { cid: CID, path: VSOCK_PATH },
  }
  const file = '/run/bench.yaml'
  await writeFile(file, JSON.stringify(manifest))
  const input = await openInput(file)
  const { vms, diagnostics } = input.compile(host)
  const [vm] = vms
  if (vm === undefined) throw new Error(JSON.stringify([...input.diagnostics, ...diagnostics]))
  const running = await runInProcess(vm, { onConsole: (chunk) => hear(chunk.toString('latin1')) })
  await input.close()
  return { write: (text) => void running.write(Buffer.from(text)), ended: running.ended }
}

/** As QEMU's own documentation of microvm advises, with an I/O thread for disks and io_uring. */
export async function startQemu(guest: Guest, _host: HostFacts, hear: (said: string) => void): Promise<Monitor> {
  const socket = '/run/bench-passt.sock'
  await rm(socket, { force: true })
  spawnSync('passt', ['--socket', socket, '--quiet', '--no-map-gw', '--mtu', '1500', '--one-off'], { stdio: 'inherit' })
  const net = (id: string, backend: string, mac: string): string[] => [
    ...['-netdev', `${backend},id=${id}`],
    ...['-device', `virtio-net-device,netdev=${id},mac=${mac}`],
  ]
  const disk = (id: string, path: string, more: string): string[] => [
    ...['-drive', `if=none,id=${id},format=raw,aio=io_uring,cache=writeback,file=${path}${more}`],
    ...['-device', `virtio-blk-device,drive=${id},iothread=io,serial=${id}`],
  ]
  const child = spawn(
    'qemu-system-x86_64',
    [
      ...['-M', 'microvm,accel=kvm,x-option-roms=off,pit=off,pic=off,rtc=off,isa-serial=on'],
      ...['-cpu', QEMU_CPU, '-smp', String(VCPUS), '-m', `${MEMORY_MIB}M`, '-nodefaults', '-no-user-config'],
      ...['-display', 'none', '-no-reboot', '-serial', 'stdio', '-global', 'virtio-mmio.force-legacy=false'],
      ...['-kernel', join(guest.debian, 'vmlinuz'), '-initrd', join(guest.debian, 'initrd.img'), '-append', CMDLINE],
      ...['-object', 'iothread,id=io'],
      ...disk('root', join(guest.debian, 'root.img'), ',snapshot=on'),
      ...disk(DISK_SERIAL, guest.image, ''),
      ...net('tap', 'tap,ifname=qemu-tap,script=no,downscript=no', MACS.tap),
      ...net('vhost', 'tap,ifname=qemu-vhost,script=no,downscript=no,vhost=on', MACS.vhost),
      ...net('user', `stream,server=off,addr.type=unix,addr.path=${socket}`, MACS.user),
      ...['-device', `vhost-vsock-device,guest-cid=${CID}`],
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  )
  child.stdout.on('data', (chunk: Buffer) => hear(chunk.toString('latin1')))
  await Promise.race([once(child, 'spawn'), sleep(10_000)])
  return { write: (text) => void child.stdin.write(text), ended: once(child, 'close') }
}
