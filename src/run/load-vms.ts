// Manifests together with the kernels they name: everything that can be checked without a host.
import type { FileHandle } from 'node:fs/promises'
import type { InitrdImage, KernelImage } from '../kernel/image.ts'
import { ContentError } from '../content/content-error.ts'
import { ModuleError } from '../content/module-error.ts'
import { KernelError } from '../kernel/kernel-error.ts'
import type { Diagnostic } from '../manifest/diagnostic.ts'
import { byPlace } from '../manifest/check-file.ts'
import type { VariableInputs } from '../manifest/compose/given-values.ts'
import {
  loadManifests,
  type DocumentProblem,
  type LoadedManifests,
  type ManifestDocument,
} from '../manifest/load-manifests.ts'
import { checkKernel } from '../plan/check-kernel.ts'
import { checkLayout } from '../plan/check-layout.ts'
import { VoltError } from '../volt-error.ts'
import { findSharedDisks } from './check-disk-sharing.ts'
import { findSharedNetworks } from './check-network-sharing.ts'
import { findSharedVsocks } from './check-vsock-sharing.ts'
import { findInitrd, openInitrd, type UnbuiltInitrd } from './load-initrd.ts'
import { unbuiltDisk } from './made-disk.ts'
import { openKernel, type OpenKernel } from './open-kernel.ts'
import { readDisks, type LoadedDisk } from './read-disks.ts'
import { readProvision, type LoadedProvision } from './read-provision.ts'
import { readShares } from './read-shares.ts'
import { withSeedDisk } from './seed-disk.ts'
import { readVsock } from './read-vsock.ts'
import { describeFault, type Unbuilt } from './unbuilt.ts'

const INITRD_DIRECTORY = '/kernel/initrd/directory'
const INITRD_MODULES = '/kernel/initrd/modules'

/** An open file and what is known of it. */
export interface LoadedImage<Image> {
  image: Image
  /** Read-only, the very one that was read and hashed. Closed by LoadedVm.close. */
  handle: FileHandle
  /** Absolute path, of a stored kernel's file too; or `builtin:hello`. */
  source: string
  /** Of a kernel of the store: its name, and how it came to be. */
  origin?: string
}

/** A valid machine with its kernel and initial RAM disk open, and its other files looked at. */
export interface LoadedVm {
  document: ManifestDocument
  kernel: LoadedImage<KernelImage>
  /** One that Volt makes is there when it was built. */
  initrd?: LoadedImage<InitrdImage>
  /** What is to be built, each once, before the machine is compiled. */
  unbuilt: Unbuilt[]
  /** In the order of the manifest; looked at, not open. */
  disks: LoadedDisk[]
  /** Where the vsock's socket is to be, as readVsock says. */
  socket?: string
  /** Absolute paths of the shared directories, in the order of the manifest. */
  shares: string[]
  /** With the text of its user data; absent where the manifest has none. */
  provision?: LoadedProvision
  /** Closes the handles; may be called again. */
  close(): Promise<void>
}

export interface LoadedVms {
  manifests: LoadedManifests
  /** The machines without errors, in the order of the file. The caller closes them. */
  vms: LoadedVm[]
  /** Those of the manifests and those of their files, in the order of the text. */
  diagnostics: Diagnostic[]
}

/** `path` '-' is standard input. Never throws for what the user can get wrong: it is in `diagnostics`. */
export async function loadVms(path: string, variables?: VariableInputs): Promise<LoadedVms> {
  const manifests = await loadManifests(path, variables)
  const diagnostics = [...manifests.diagnostics]
  const vms: LoadedVm[] = []
  for (const document of manifests.documents) {
    const vm = await loadVm(document, diagnostics)
    if (vm !== undefined) vms.push(vm)
  }
  const apart = await withoutShared(vms, diagnostics)
  diagnostics.sort(byPlace(manifests.file))
  return { manifests, vms: apart, diagnostics }
}

/** The machines whose disks, networks and vsocks are no other's. */
async function withoutShared(vms: readonly LoadedVm[], diagnostics: Diagnostic[]): Promise<LoadedVm[]> {
  const owners = vms.map(({ document: { spec }, disks, socket }) => ({
    name: spec.name,
    disks,
    networks: spec.networks,
    ...(spec.vsock && { vsock: spec.vsock }),
    ...(socket !== undefined && { socket }),
  }))
  const shared = [...findSharedDisks(owners), ...findSharedNetworks(owners), ...findSharedVsocks(owners)]
  const refused = new Set<LoadedVm>()
  for (const { owner, problem } of shared) {
    const vm = vms[owner]
    if (vm === undefined) continue
    diagnostics.push(vm.document.diagnose(problem))
    refused.add(vm)
  }
  await Promise.all([...refused].map((vm) => vm.close()))
  return vms.filter((vm) => !refused.has(vm))
}

async function loadVm(document: ManifestDocument, diagnostics: Diagnostic[]): Promise<LoadedVm | undefined> {
  const found: Diagnostic[] = []
  const { image, sha256 } = document.spec.kernel
  const kernel = await loadImage(document, image, '/kernel/image', openKernel, found)
  const initrd = await loadInitrd(document, kernel, found)
  const wrong: DocumentProblem[] = []
  const disks = await readDisks(document.spec.disks, document.directory, wrong)
  const socket = await readVsock(document.spec.vsock, document.directory, wrong)
  const shares = await readShares(document.spec.shares, document.directory, wrong)
  const provision = await readProvision(document.spec.provision, document.spec.disks, document.directory, wrong)
  found.push(...wrong.map((problem) => document.diagnose(problem)))
  if (kernel !== undefined && sha256 !== undefined && sha256 !== kernel.image.sha256) {
    const hint = `the file's SHA-256 is ${kernel.image.sha256}`
    found.push(document.diagnose({ code: 'V102', message: `${image} differs`, pointer: '/kernel/sha256', hint }))
  }
  if (kernel !== undefined && initrd !== 'wrong') {
    const problems = checkLayout(withSeedDisk(document.spec), kernel.image, initrd)
    const warnings = problems.length === 0 ? checkKernel(document.spec, kernel.image) : []
    found.push(...[...problems, ...warnings].map((problem) => document.diagnose(problem)))
  }
  diagnostics.push(...found)
  const loaded = initrd !== 'wrong' ? initrd?.loaded : undefined
  if (kernel === undefined || initrd === 'wrong' || found.some(({ severity }) => severity === 'error')) {
    await kernel?.handle.close()
    await loaded?.handle.close()
    return undefined
  }
  const vm: LoadedVm = {
    document,
    kernel,
    ...(loaded && { initrd: loaded }),
    unbuilt: [],
    disks: disks.filter((disk) => disk !== undefined),
    ...(socket !== undefined && { socket }),
    shares,
    ...(provision && { provision }),
    close: async () => {
      await kernel.handle.close()
      await vm.initrd?.handle.close()
    },
  }
  if (initrd?.unbuilt) vm.unbuilt.push(unbuiltInitrd(vm, initrd.unbuilt))
  for (const [index, disk] of vm.disks.entries()) {
    if (disk.content) vm.unbuilt.push(unbuiltDisk(disk, disk.content, `/disks/${index}`))
  }
  return vm
}

interface InitrdOfVm {
  size: number
  loaded?: LoadedImage<InitrdImage>
  unbuilt?: UnbuiltInitrd
}

/** Undefined where the machine has none. */
async function loadInitrd(
  document: ManifestDocument,
  kernel: OpenKernel | undefined,
  diagnostics: Diagnostic[],
): Promise<InitrdOfVm | 'wrong' | undefined> {
  const { initrd, image } = document.spec.kernel
  if (initrd === undefined) return undefined
  if (typeof initrd === 'string') {
    const loaded = await loadImage(document, initrd, '/kernel/initrd', openInitrd, diagnostics)
    return loaded === undefined ? 'wrong' : { size: loaded.image.size, loaded }
  }
  // What is wrong with the kernel is told already.
  if (initrd.modules !== undefined && kernel === undefined) return 'wrong'
  try {
    const unbuilt = await findInitrd(initrd, document.directory, {
      image,
      ...(kernel?.record && { record: kernel.record }),
    })
    return { size: unbuilt.size, unbuilt }
  } catch (error) {
    if (error instanceof ModuleError) {
      diagnostics.push(document.diagnose(describeModules(error)))
      return 'wrong'
    }
    if (error instanceof VoltError && error.code === 'STATE_INVALID') {
      diagnostics.push(document.diagnose({ ...describeFailure(error, image), pointer: INITRD_MODULES }))
      return 'wrong'
    }
    if (!(error instanceof ContentError)) throw error
    diagnostics.push(document.diagnose({ ...describeFault(error), pointer: INITRD_DIRECTORY }))
    return 'wrong'
  }
}

function describeModules({ message, hint, index }: ModuleError): DocumentProblem {
  const pointer = index === undefined ? INITRD_MODULES : `${INITRD_MODULES}/${index}`
  return { code: 'V115', message, pointer, ...(hint !== undefined && { hint }) }
}

function unbuiltInitrd(vm: LoadedVm, found: UnbuiltInitrd): Unbuilt {
  return {
    name: 'initrd',
    pointers: { unfit: INITRD_DIRECTORY, small: INITRD_DIRECTORY },
    async build(lock) {
      const { initrd, ...built } = await found.build(lock)
      vm.initrd = initrd
      return built
    },
  }
}

async function loadImage<Image>(
  document: ManifestDocument,
  reference: string,
  pointer: string,
  load: (reference: string, directory: string) => Promise<LoadedImage<Image>>,
  diagnostics: Diagnostic[],
): Promise<LoadedImage<Image> | undefined> {
  try {
    return await load(reference, document.directory)
  } catch (error) {
    diagnostics.push(document.diagnose({ ...describeFailure(error, reference), pointer }))
    return undefined
  }
}

function describeFailure(error: unknown, reference: string): { code: string; message: string; hint?: string } {
  const hint = error instanceof VoltError && error.hint !== undefined ? { hint: error.hint } : {}
  if (error instanceof KernelError) {
    const code = error.fault === 'foreign' ? 'V103' : 'V104'
    return { code, message: `${reference}: ${error.message}`, ...hint }
  }
  if (error instanceof VoltError) return { code: 'V101', message: error.message, ...hint }
  const { code, message } = error as NodeJS.ErrnoException
  if (code === undefined) throw error
  return { code: 'V101', message: `${reference} cannot be read: ${message}` }
}
