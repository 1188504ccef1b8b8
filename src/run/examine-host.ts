// What stands between this machine and running VMs: every check, in the order in which one depends on another, and then
// what some machines need: cgroups and programs.
import { existsSync } from 'node:fs'
import { ADDON_FILE, VMM_FILE } from '../host/built-files.ts'
import { availableControllers, findCgroupPlace } from '../host/cgroup-place.ts'
import type { ExecutionProbe } from '../host/native-addon.ts'
import { kvmPath, openKvm } from '../host/open-kvm.ts'
import { probeExecution, probeHost } from '../host/probe.ts'
import type { HostFacts } from '../plan/host-facts.gen.ts'
import { VoltError } from '../volt-error.ts'
import { HELPERS, type HelperName } from './helper-programs.ts'

export interface HostCheck {
  name: 'build' | 'device' | 'kvm' | 'execution' | 'cgroup' | HelperName
  /** `absent` is something without which machines run, though not every machine. */
  state: 'ok' | 'warning' | 'failed' | 'skipped' | 'absent'
  message: string
  hint?: string
  code?: string
}

export interface HostExamination {
  /** Whether machines can be started. */
  usable: boolean
  checks: HostCheck[]
  facts?: HostFacts
  execution?: ExecutionProbe
}

/** Never throws for an odd host: what is wrong is in the checks. */
export async function examineHost(): Promise<HostExamination> {
  const [host, cgroup, helpers] = await Promise.all([examineKvm(), checkCgroup(), checkHelpers()])
  return { ...host, checks: [...host.checks, cgroup, ...helpers] }
}

async function examineKvm(): Promise<HostExamination> {
  const build = checkBuild()
  const device = await attempt('device', async () => {
    await (await openKvm()).close()
    return { message: `${kvmPath()} opens` }
  })
  const checks = [build, device.check]
  if (build.state !== 'ok' || device.check.state !== 'ok') {
    return { usable: false, checks: [...checks, skipped('kvm'), skipped('execution')] }
  }
  const kvm = await attempt('kvm', async () => {
    const value = await probeHost()
    return { message: `API version ${value.kvm.apiVersion}`, value }
  })
  if (kvm.value === undefined) return { usable: false, checks: [...checks, kvm.check, skipped('execution')] }
  const execution = await attempt('execution', async () => {
    const value = await probeExecution()
    return { ...describeExecution(value), value }
  })
  return {
    usable: execution.check.state !== 'failed',
    checks: [...checks, kvm.check, execution.check],
    facts: kvm.value,
    ...(execution.value !== undefined && { execution: execution.value }),
  }
}

/** Controllers that fields of `resources` are limits of. */
const CONTROLLERS = ['cpu', 'memory', 'io', 'pids']

async function checkCgroup(): Promise<HostCheck> {
  const place = await findCgroupPlace()
  if ('reason' in place)
    return { name: 'cgroup', state: 'absent', message: `no limits by \`resources\`: ${place.reason}` }
  const available = await availableControllers(place.directory)
  const missing = CONTROLLERS.filter((controller) => !available.includes(controller))
  const where = `cgroups in ${place.directory}, for \`resources\``
  if (missing.length === 0) return { name: 'cgroup', state: 'ok', message: where }
  const message = `${where}, without the ${missing.length === 1 ? 'controller' : 'controllers'} ${missing.join(', ')}`
  return { name: 'cgroup', state: 'absent', message }
}

async function checkHelpers(): Promise<HostCheck[]> {
  return Promise.all(
    HELPERS.map(async ({ name, needs, find }) => {
      const { check } = await attempt(name, async () => ({ message: `${await find()}, for ${needs}` }))
      return check.state === 'failed' ? { ...check, state: 'absent' as const } : check
    }),
  )
}

function checkBuild(): HostCheck {
  const missing = [ADDON_FILE, VMM_FILE].filter((file) => !existsSync(file))
  if (missing.length === 0) return { name: 'build', state: 'ok', message: 'volt.node and volt-vmm are built' }
  const message = 'the native part of Volt is not built'
  return { name: 'build', state: 'failed', message, code: 'NOT_BUILT', hint: 'run `npm run setup` in the package' }
}

function describeExecution({ kernelMode }: ExecutionProbe): Pick<HostCheck, 'message'> & Partial<HostCheck> {
  if (kernelMode === 'native') return { message: "the processor runs a guest's kernel mode itself" }
  return {
    state: 'warning',
    message: "this host's KVM emulates a guest's kernel mode, instruction by instruction",
    hint: 'small guests run; stock kernels are slow and may stop at an instruction that KVM does not emulate',
  }
}

interface Attempt<T> {
  check: HostCheck
  value?: T
}

async function attempt<T>(
  name: HostCheck['name'],
  body: () => Promise<Pick<HostCheck, 'message'> & Partial<HostCheck> & { value?: T }>,
): Promise<Attempt<T>> {
  try {
    const { value, ...found } = await body()
    return { check: { name, state: 'ok', ...found }, ...(value !== undefined && { value }) }
  } catch (error) {
    if (!(error instanceof VoltError)) throw error
    const { message, code, hint } = error
    return { check: { name, state: 'failed', message, code, ...(hint !== undefined && { hint }) } }
  }
}

function skipped(name: HostCheck['name']): HostCheck {
  return { name, state: 'skipped', message: 'not looked at, for what failed above' }
}
