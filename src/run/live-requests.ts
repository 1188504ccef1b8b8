// What to ask of a running machine so that it becomes what another plan says.
import { isDeepStrictEqual } from 'node:util'
import type { BootPlan } from '../plan/boot-plan.gen.ts'
import type { ControlRequest, LimitName } from './control-protocol.ts'

type Device = BootPlan['devices'][number]
type Limits = Extract<ControlRequest, { request: 'rate' }>['limits']

/** In the order of the devices; undefined where something else differs, which takes another boot. */
export function liveRequests(before: BootPlan, after: BootPlan): ControlRequest[] | undefined {
  if (!isDeepStrictEqual(withoutSettings(before), withoutSettings(after))) return undefined
  return after.devices.flatMap((device, index): ControlRequest[] => {
    const was = before.devices[index]
    return was === undefined ? [] : [...limitRequests(was, device), ...balloonRequests(was, device)]
  })
}

function withoutSettings(plan: BootPlan): object {
  const devices = plan.devices.map((device) => {
    return Object.fromEntries(Object.entries(device).filter(([name]) => name !== 'rateLimit' && name !== 'target'))
  })
  return { ...plan, devices }
}

function limitRequests(before: Device, after: Device): ControlRequest[] {
  const [old, now] = [limitsOf(before), limitsOf(after)]
  const names = [...new Set([...Object.keys(old), ...Object.keys(now)])] as LimitName[]
  const limits = names
    .filter((name) => !isDeepStrictEqual(old[name], now[name]))
    .map((name) => [name, now[name] ?? null] as const)
  return limits.length === 0 ? [] : [{ request: 'rate', device: after.id, limits: Object.fromEntries(limits) }]
}

function limitsOf(device: Device): Limits {
  return 'rateLimit' in device ? (device.rateLimit ?? {}) : {}
}

function balloonRequests(before: Device, after: Device): ControlRequest[] {
  if (before.type !== 'virtio-balloon' || after.type !== 'virtio-balloon' || before.target === after.target) return []
  return [{ request: 'balloon', target: after.target }]
}
