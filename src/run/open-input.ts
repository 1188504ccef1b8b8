// What the user names on the command line: a manifest with its VMs, or a saved plan.
import { readFile, realpath } from 'node:fs/promises'
import { lifeOf } from './machine-life.ts'
import { basename, dirname, resolve } from 'node:path'
import type { Diagnostic } from '../manifest/diagnostic.ts'
import type { VariableInputs } from '../manifest/compose/given-values.ts'
import { STDIN } from '../manifest/load-manifests.ts'
import type { VmSpec } from '../manifest/spec.ts'
import { networkBackends, shareBackends, vsockBackends } from '../plan/backends.ts'
import type { BootPlan } from '../plan/boot-plan.gen.ts'
import { compile } from '../plan/compile.ts'
import { planDigest } from '../plan/digest.ts'
import type { HostFacts } from '../plan/host-facts.gen.ts'
import { loadVms, type LoadedVm } from './load-vms.ts'
import { STATE_SOURCE } from './own-overlays.ts'
import { isPlanFile, openPlan } from './open-plan.ts'
import { networkSource } from './network-source.ts'
import type { LoadedDisk } from './read-disks.ts'
import type { RunnableVm } from './runnable-vm.ts'
import { withSeedDisk, withSeedImage } from './seed-disk.ts'

/** A file with its machines and the files that they name, open. The caller closes it. */
export interface Input {
  /** As the user named it; `<stdin>` for standard input. */
  file: string
  /** Absolute directory of the file, links resolved: what its project is bound to. */
  directory: string
  /** Texts of the manifest and what it extends, by the names that diagnostics use; empty for a saved plan. */
  sources: ReadonlyMap<string, string>
  /** What is wrong with the manifest or the files it names. */
  diagnostics: Diagnostic[]
  /** Names of the VMs that are valid so far. */
  names: string[]
  /** How many documents are bases for others. */
  bases: number
  /**
   * The machines with their files; none of a saved plan.
   * @internal
   */
  loaded: readonly LoadedVm[]
  /** Whether compiling needs host facts: a saved plan has been compiled. */
  needsHost: boolean
  /** Compiles the VMs, all or those named, when what they ask for is built. */
  compile(host: HostFacts | undefined, only?: string): CompiledInput
  /** Closes every file. */
  close: () => Promise<void>
}

/** What came of compiling. */
export interface CompiledInput {
  vms: RunnableVm[]
  diagnostics: Diagnostic[]
}

/** `-` is standard input. Throws PLAN_INVALID, FILE_UNREADABLE or PLAN_STALE for a saved plan. */
export async function openInput(path: string, variables?: VariableInputs): Promise<Input> {
  const directory = path === '-' ? process.cwd() : dirname(resolve(path))
  const place = { directory: await realpath(directory).catch(() => directory) }
  if (await isPlanFile(path)) {
    return { file: path, ...place, ...planInput(await openPlan(path, await readFile(path, 'utf8'))) }
  }
  const { manifests, vms, diagnostics } = await loadVms(path, variables)
  return {
    file: manifests.file,
    ...place,
    sources: manifests.sources,
    bases: manifests.bases,
    loaded: vms,
    diagnostics,
    names: vms.map((vm) => vm.document.spec.name),
    needsHost: true,
    compile: (host, only) =>
      compileAll(
        vms.filter((vm) => only === undefined || vm.document.spec.name === only),
        host,
      ),
    close: async () => void (await Promise.all(vms.map((vm) => vm.close()))),
  }
}

function planInput(vm: RunnableVm): Omit<Input, 'file' | 'directory'> {
  return {
    sources: new Map(),
    bases: 0,
    loaded: [],
    diagnostics: [],
    names: [vm.name],
    needsHost: false,
    compile: (_host, only) => ({ vms: only === undefined || only === vm.name ? [vm] : [], diagnostics: [] }),
    close: async () => void (await Promise.all([...vm.files.values()].map((handle) => handle.close()))),
  }
}

function compileAll(loaded: LoadedVm[], host: HostFacts | undefined): CompiledInput {
  if (host === undefined) throw new TypeError('a manifest is compiled with host facts')
  if (loaded.some(({ unbuilt }) => unbuilt.length > 0)) throw new TypeError('what a manifest asks for is built before it is compiled') // prettier-ignore
  const compiled: CompiledInput = { vms: [], diagnostics: [] }
  for (const vm of loaded) {
    const result = compileVm(vm, host)
    if (Array.isArray(result)) compiled.diagnostics.push(...result)
    else compiled.vms.push(result)
  }
  return compiled
}

/** The VM, or what stands in its way. */
export function compileVm(loaded: LoadedVm, host: HostFacts): RunnableVm | Diagnostic[] {
  const { document, kernel, initrd, socket, shares, provision } = loaded
  const disks = withSeedImage(loaded.disks, provision)
  const result = compile({
    spec: withSeedDisk(document.spec),
    kernel: kernel.image,
    ...(initrd !== undefined && { initrd: initrd.image }),
    disks,
    host,
  })
  if (!result.ok) return result.problems.map((problem) => document.diagnose(problem))
  return {
    name: document.spec.name,
    plan: result.plan,
    digest: planDigest(result.plan),
    sources: {
      kernel: kernel.source,
      ...(initrd !== undefined && { initrd: initrd.source }),
      ...diskSources(result.plan, disks),
      ...networkSources(result.plan, document.spec),
      ...vsockSources(result.plan, socket),
      ...shareSources(result.plan, shares),
    },
    ...(kernel.origin !== undefined && { origins: { kernel: kernel.origin } }),
    files: new Map([['kernel', kernel.handle], ...(initrd === undefined ? [] : [['initrd', initrd.handle] as const])]),
    ...(provision && { provision }),
    spec: document.spec,
    declared: document.diagnose({ code: '', message: '', pointer: '/metadata/name' }),
    life: lifeOf(document.spec),
    ...(document.file !== STDIN && { file: basename(document.file) }),
    summary: result.summary,
  }
}

/** By the names that the plan gives to the descriptors of networks. */
function networkSources(plan: BootPlan, { networks }: VmSpec): Record<string, string> {
  const sources = networkBackends(plan).flatMap(({ names }, index) => {
    const network = networks[index]
    return network === undefined ? [] : names.map((name) => [name, networkSource(network)] as const)
  })
  return Object.fromEntries(sources)
}

/** The broker's is none: it is started with the machine. */
function vsockSources(plan: BootPlan, socket: string | undefined): Record<string, string> {
  if (socket === undefined) return {}
  return Object.fromEntries(vsockBackends(plan).map(({ listener }) => [listener, socket]))
}

/** `directories` are in the order of the plan's devices. */
function shareSources(plan: BootPlan, directories: readonly string[]): Record<string, string> {
  return Object.fromEntries(shareBackends(plan).map(({ name }, index) => [name, directories[index] ?? '']))
}

/** Paths of the backends of disks, by the names that the plan gives them. */
function diskSources({ devices }: BootPlan, disks: readonly LoadedDisk[]): Record<string, string> {
  const blocks = devices.filter((device) => device.type === 'virtio-block')
  const sources = blocks.flatMap(({ backend, overlay }, index) => {
    const disk = disks[index]
    if (disk === undefined) return []
    const image: [string, string] = [backend, disk.source]
    if (overlay === undefined || disk.overlay === undefined) return [image]
    return [image, [overlay, disk.overlay === true ? STATE_SOURCE + overlay : disk.overlay] as [string, string]]
  })
  return Object.fromEntries(sources)
}
