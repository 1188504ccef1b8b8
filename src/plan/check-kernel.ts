// Where a machine and the kernel it starts do not fit, by what the kernel was built with. Only what is sure: warnings.
import type { KernelConfig, KernelImage } from '../kernel/image.ts'
import type { VmSpec } from '../manifest/spec.ts'
import { checkDevicesOfKernel } from './check-kernel-devices.ts'
import { MP_HIGHEST_APIC_ID } from './mp-table.ts'
import type { PlanProblem } from './plan-problem.ts'
import { highestApicId, layOutTopology } from './topology.ts'
import { isLinux } from './virtio/entropy.ts'

/** V3xx, docs/diagnostics.md. */
export interface KernelWarning extends PlanProblem {
  severity: 'warning'
}

/** `spec` must have passed checkLayout. Where the kernel's configuration is unknown little is sure. */
export function checkKernel(spec: VmSpec, kernel: KernelImage): KernelWarning[] {
  return [...(kernel.config === undefined ? [] : checkConfig(spec, kernel.config)), ...checkTerminal(spec, kernel)]
}

function checkConfig(spec: VmSpec, config: KernelConfig): KernelWarning[] {
  const processors = checkTables(spec, config) ?? checkCount(spec, config)
  return [processors, checkConsole(spec, config), checkDevices(spec, config)].filter((warning) => warning !== undefined)
}

/** Whether the guest finds the table that tells it of the other processors. */
function checkTables({ vcpus, firmware }: VmSpec, config: KernelConfig): KernelWarning | undefined {
  if (vcpus.count === 1) return undefined
  const mpTable = firmware.mptable !== false && highestApicId(layOutTopology(vcpus)) <= MP_HIGHEST_APIC_ID
  const acpi = firmware.acpi !== false
  const [readsMpTable, readsAcpi] = [config.X86_MPPARSE !== 'no', config.ACPI !== 'no']
  if ((mpTable && readsMpTable) || (acpi && readsAcpi)) return undefined
  const end = `: the guest will see 1 of ${vcpus.count} vCPUs`
  if (mpTable && !acpi) {
    const message = `this kernel has no CONFIG_X86_MPPARSE and the manifest turns ACPI off${end}`
    return warning('V301', message, '/firmware/acpi', 'leave firmware.acpi at auto', config)
  }
  if (mpTable) {
    const message = `this kernel has neither CONFIG_ACPI nor CONFIG_X86_MPPARSE${end}`
    return warning('V303', message, '/vcpus', 'take a kernel with one of them', config)
  }
  // Without any table the plan itself says so, whatever the kernel.
  if (!acpi) return undefined
  const message = `this kernel has no CONFIG_ACPI and there is no MP table${end}`
  if (firmware.mptable === false) {
    return warning('V303', message, '/firmware/mptable', 'leave firmware.mptable at auto', config)
  }
  return warning('V303', message, '/vcpus', `the MP table reaches APIC id ${MP_HIGHEST_APIC_ID} at most`, config)
}

function checkCount({ vcpus: { count } }: VmSpec, config: KernelConfig): KernelWarning | undefined {
  const limit = config.NR_CPUS
  if (limit === undefined || limit >= count) return undefined
  const message = `this kernel has CONFIG_NR_CPUS=${limit}: the guest will use ${limit} of ${count} vCPUs`
  return warning('V302', message, '/vcpus', `${limit} is enough, or take another kernel`, config)
}

/** Early consoles write to the UART without the driver. */
function checkConsole({ console, kernel }: VmSpec, config: KernelConfig): KernelWarning | undefined {
  const words = kernel.cmdline.split(/\s+/)
  const wanted = console.device !== 'none' && words.some((word) => word.startsWith('console=ttyS'))
  const early = words.some((word) => /^early(con|printk)(=|$)/.test(word))
  if (!wanted || early || config.SERIAL_8250_CONSOLE !== 'no') return undefined
  const message = 'this kernel has no CONFIG_SERIAL_8250_CONSOLE: its messages will not reach the console'
  return warning('V304', message, '/console', 'take a kernel that has it built in', config)
}

/** A driver that finds the virtio console takes the input, whether a login waits there or not. */
function checkTerminal({ console, kernel: { cmdline } }: VmSpec, kernel: KernelImage): KernelWarning[] {
  const finds = isLinux(kernel) && kernel.config?.VIRTIO_CONSOLE !== 'no'
  if (console.device !== 'virtio' || !finds || /(^|\s)console=hvc0(\s|$)/.test(cmdline)) return []
  const message = 'the command line has no console=hvc0: Linux will say nothing there, and that is where input goes'
  const hint = 'add console=hvc0 to kernel.cmdline, behind console=ttyS0 to see early messages'
  return [{ code: 'V308', severity: 'warning', message, pointer: '/console', hint }]
}

function checkDevices(spec: VmSpec, config: KernelConfig): KernelWarning | undefined {
  const found = checkDevicesOfKernel(spec, config)
  return found && warning(found.code, found.message, found.pointer, found.hint, config)
}

function warning(code: string, message: string, pointer: string, hint: string, config: KernelConfig): KernelWarning {
  const where = config.source === 'IKCONFIG' ? 'the configuration in the kernel' : config.source
  return { code, severity: 'warning', message, pointer, hint: `${hint}; ${where} says so` }
}
