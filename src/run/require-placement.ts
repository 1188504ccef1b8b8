// What a machine asks of the host beside its devices, looked at before anything is started for it.
import { constants } from 'node:os'
import { onlineCpus } from '../host/host-cpus.ts'
import { readPool } from '../host/huge-pages.ts'
import { normaliseCpuList, parseCpuList, type CpuRange } from '../manifest/cpu-list.ts'
import { parseSize } from '../manifest/size.ts'
import { DEFAULT_LIFE } from '../plan/life.ts'
import { VoltError } from '../volt-error.ts'
import { requireLimits } from './limit-machine.ts'
import { memoryBytes, type RunnableVm } from './runnable-vm.ts'

type Asking = Pick<RunnableVm, 'plan' | 'life'>

/** Before a machine that runs is ended for it. Throws HOST_ERROR. */
export async function requirePlacement({ life = DEFAULT_LIFE }: Asking): Promise<void> {
  if (life.pin !== undefined) requireCpus(life.pin, await onlineCpus())
  await requireLimits(life)
}

/** `online` as the kernel lists them. Throws HOST_ERROR. */
export function requireCpus(pin: readonly string[], online: string): void {
  const there = parseCpuList(online) ?? []
  const isThere = ([first, last]: CpuRange): boolean => there.some(([from, to]) => from <= first && last <= to)
  const missing = pin.find((list) => !(parseCpuList(list) ?? []).every(isThere))
  if (missing === undefined) return
  const message = `vcpus.pin names processors ${normaliseCpuList(missing)}, and the host has ${normaliseCpuList(online)} online`
  throw new VoltError('HOST_ERROR', message, {
    errno: constants.errno.EINVAL,
    hint: 'lscpu lists them; name some of these, or leave pin out',
  })
}

/** When a machine before has given its own back. The engine takes them; who comes between is refused there. Throws HOST_ERROR. */
export async function requireHugePages({ plan, life = DEFAULT_LIFE }: Asking): Promise<void> {
  const { hugePages: size } = life
  if (size === undefined || size === 'transparent') return
  const needed = memoryBytes(plan) / parseSize(size)
  const pool = await readPool(parseSize(size))
  if (pool !== undefined && pool.free >= needed) return
  const has = pool === undefined ? 'has none of that size' : `has ${pool.free} of ${pool.pages} free`
  throw new VoltError('HOST_ERROR', `guest memory needs ${needed} huge pages of ${size}, and the host ${has}`, {
    errno: constants.errno.ENOMEM,
    hint:
      pool === undefined
        ? `its processor or kernel has no pages of ${size}; write hugePages: 2MiB, or leave it out`
        : `as root: echo ${pool.pages + needed - pool.free} > ${pool.directory}/nr_hugepages; large ones are found best soon after the host's start`,
  })
}
