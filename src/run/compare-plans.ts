// Says in what two boot plans differ, part by part, for people: why a digest is another one.
import { isDeepStrictEqual } from 'node:util'
import type { BootPlan } from '../plan/boot-plan.gen.ts'
import { compareCpuid } from './compare-cpuid.ts'
import { differencesOf, shown } from './differences.ts'
import { changed, fewOf, takenAndGiven, type PlanDifference } from './plan-difference.ts'

/** Empty when the plans are equal. */
export function comparePlans(before: BootPlan, after: BootPlan): PlanDifference[] {
  const { name, memory, files, load, cpuid, vcpus, devices, requires, ...rest } = before
  const found = [
    ...changed('name', name, after.name),
    ...changed('memory', sizeOf(memory), sizeOf(after.memory)),
    ...compareFiles(files, after.files),
    ...compareLoad(load, after.load),
    ...compareCpuid(cpuid, after.cpuid),
    ...changed('vcpus', vcpus.length, after.vcpus.length),
    ...compareDevices(devices, after.devices),
    ...takenAndGiven('needed of the host', requires.capabilities, after.requires.capabilities),
  ]
  const others = Object.keys(rest).filter((key) => !isDeepStrictEqual(before[key as keyof BootPlan], after[key as keyof BootPlan])) // prettier-ignore
  found.push(...others.map((part) => ({ part, text: 'it is another' })))
  const isTold = found.length > 0 || isDeepStrictEqual(before, after)
  return isTold ? found : [{ part: 'processors', text: 'what single ones find by CPUID, or where memory lies' }]
}

function sizeOf(memory: BootPlan['memory']): string {
  return `${memory.reduce((sum, { size }) => sum + size, 0)} bytes`
}

function compareFiles(before: BootPlan['files'], after: BootPlan['files']): PlanDifference[] {
  const ids = [...new Set([...before, ...after].map(({ id }) => id))]
  return ids.flatMap((part) => {
    const [old, now] = [before, after].map((files) => files.find(({ id }) => id === part)?.sha256)
    return old === now ? [] : [{ part, text: `sha256 ${digest(old)} → ${digest(now)}` }]
  })
}

function digest(sha256: string | undefined): string {
  return sha256 === undefined ? 'none' : `${sha256.slice(0, 12)}…`
}

function compareLoad(before: BootPlan['load'], after: BootPlan['load']): PlanDifference[] {
  const labels = [...new Set([...before, ...after].map(({ label }) => label))]
  const differing = labels.filter((label) => {
    const [old, now] = [before, after].map((load) => load.filter((item) => item.label === label))
    return !isDeepStrictEqual(old, now)
  })
  if (differing.length === 0) return []
  const [from, to] = [textOf(before), textOf(after)]
  const words = from === to ? [] : [{ part: 'command line', text: `${from} → ${to}` }]
  const others = differing.filter((label) => label !== 'cmdline')
  return [
    ...words,
    ...(others.length > 0 ? [{ part: 'guest memory', text: `other bytes or places of ${fewOf(others)}` }] : []),
  ]
}

function textOf(load: BootPlan['load']): string {
  const source = load.find(({ label }) => label === 'cmdline')?.from
  const bytes = source !== undefined && 'data' in source ? Buffer.from(source.data, 'base64') : Buffer.alloc(0)
  return JSON.stringify(bytes.toString('latin1'))
}

function compareDevices(before: BootPlan['devices'], after: BootPlan['devices']): PlanDifference[] {
  const ids = [...new Set([...before, ...after].map(({ id }) => id))]
  return ids.flatMap((id) => {
    const [old, now] = [before, after].map((devices) => devices.find((device) => device.id === id))
    const part = `device ${id}`
    if (old === undefined || now === undefined) return [{ part, text: old === undefined ? 'is new' : 'is gone' }]
    return differencesOf(old, now).map(({ field, from, to }) => ({
      part,
      text: `${field} ${shown(from)} → ${shown(to)}`,
    }))
  })
}
