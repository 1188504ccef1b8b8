// From a reference to the kernel that it means.
import { didYouMean } from '../manifest/did-you-mean.ts'
import { VoltError } from '../volt-error.ts'
import { matchesVersion, NAME_RULE, parseKernelReference } from './kernel-name.ts'
import { readKernels, type KernelRecord } from './kernel-record.ts'
import { userStore, type Store } from './store-place.ts'

/**
 * The kernel of `NAME`, the newest, or of `NAME@VERSION`: that version, or the newest that continues it. Throws
 * NO_SUCH_KERNEL with what may have been meant, USAGE for what can be no name, STATE_INVALID, STATE_UNREADABLE.
 */
export async function findKernel(reference: string, store: Store = userStore()): Promise<KernelRecord> {
  const wanted = parseKernelReference(reference)
  if (wanted === undefined) {
    throw new VoltError('USAGE', `'${reference}' cannot be a kernel's name`, { hint: NAME_RULE })
  }
  const kernels = await readKernels(store)
  const versions = kernels.filter(({ name }) => name === wanted.name)
  const matches = versions.filter(({ version }) => matchesVersion(version, wanted.version))
  const found = matches.find(({ version }) => version === wanted.version) ?? matches[0]
  if (found !== undefined) return found
  throw new VoltError('NO_SUCH_KERNEL', `there is no kernel ${reference} in the store`, {
    hint: hintFor(reference, wanted.name, versions, kernels),
  })
}

/** What `volt kernel pull` knows. */
const PULLED = /^debian(-cloud)?$/

function hintFor(reference: string, name: string, versions: KernelRecord[], kernels: KernelRecord[]): string {
  const get = PULLED.test(name)
    ? `\`volt kernel pull ${reference}\` fetches it`
    : `import it: \`volt kernel import FILE --name ${reference}\``
  if (versions.length > 0) return `${name} is there as ${versions.map(({ version }) => version).join(', ')}; ${get}`
  if (PULLED.test(name)) return get
  const near = didYouMean(name, [...new Set([...kernels.map((kernel) => kernel.name), 'debian', 'debian-cloud'])])
  return near === undefined
    ? `\`volt kernel ls\` shows what is there; ${get}`
    : `did you mean ${near}? ${suggestPull(near, kernels)}`
}

function suggestPull(near: string, kernels: KernelRecord[]): string {
  const isThere = kernels.some(({ name }) => name === near)
  return isThere ? '`volt kernel ls` shows what is there' : `\`volt kernel pull ${near}\` fetches it`
}
