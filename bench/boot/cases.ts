// The boots that are counted: the same kernel, initramfs and command line under both monitors.
export type MonitorName = 'volt' | 'qemu'

export interface BootCase {
  /** Of the lab's cache. */
  kernel: 'vmlinuz-cloud' | 'vmlinuz'
  vcpus: number
  /** The kernel's log on the serial console, whole, or next to nothing of it. */
  log: 'quiet' | 'full'
}

export const CASES: BootCase[] = [
  ...[1, 2, 8].map((vcpus): BootCase => ({ kernel: 'vmlinuz-cloud', vcpus, log: 'quiet' })),
  { kernel: 'vmlinuz-cloud', vcpus: 1, log: 'full' },
  { kernel: 'vmlinuz', vcpus: 1, log: 'quiet' },
]

export const MEMORY_MIB = 512

/** Init asks for a reset at once. Neither monitor has a real-time clock, which the kernel would wait for. */
export function cmdlineOf({ log }: BootCase): string {
  const words = 'console=ttyS0 reboot=t panic=-1 initcall_blacklist=cmos_init lab=reboot'
  return log === 'quiet' ? `${words} quiet` : words
}

export function titleOf({ kernel, vcpus, log }: BootCase): string {
  const name = kernel === 'vmlinuz' ? 'generic' : 'cloud'
  return `${name} kernel, ${vcpus} ${vcpus === 1 ? 'vCPU' : 'vCPUs'}, ${log === 'full' ? 'whole log on ttyS0' : 'quiet'}`
}

/** What was counted from the monitor's start until its end. */
export interface BootCounts {
  /** Exits to user space, by the kernel's name of the reason. */
  exits: Record<string, number>
  /** System calls of the monitor's processes and threads, by name. */
  calls: Record<string, number>
  /** Accesses that left the guest, handled by the kernel or not: by port, such as `in 0x3fd`, or by page of memory. */
  accesses: Record<string, number>
}

export interface BootRuns {
  volt: BootCounts[]
  qemu: BootCounts[]
}
