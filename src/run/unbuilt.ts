// What a manifest asks Volt to make from other files, before its machine is compiled.
import type { BuildOptions } from '../content/build-disk.ts'
import { ContentError, type ContentFault } from '../content/content-error.ts'
import type { Diagnostic } from '../manifest/diagnostic.ts'
import type { ManifestDocument } from '../manifest/load-manifests.ts'

/** Something that is made before a machine is compiled, such as its initial RAM disk. */
export interface Unbuilt {
  /** For people: `initrd`, `disk root`. */
  name: string
  /** Where the manifest says what it is made from, and how large. */
  pointers: Record<ContentFault, string>
  /** Puts it into its machine; once. Says what was made. Throws ContentError, and VoltError for the host. */
  build(options: BuildOptions): Promise<Built>
}

/** How large what was made is. */
export interface Built {
  bytes: number
  /** Whether it was made now; otherwise nothing had changed since it was. */
  fresh: boolean
}

const CODES: Record<ContentFault, string> = { unfit: 'V112', small: 'V113' }

/** What was made, or what is wrong with what it is made from. Throws VoltError for the host. */
export async function build(
  document: Pick<ManifestDocument, 'diagnose'>,
  unbuilt: Unbuilt,
  options: BuildOptions,
): Promise<Built | Diagnostic> {
  try {
    return await unbuilt.build(options)
  } catch (error) {
    if (!(error instanceof ContentError)) throw error
    return document.diagnose({ ...describeFault(error), pointer: unbuilt.pointers[error.fault] })
  }
}

export function describeFault({ fault, message, hint }: ContentError): {
  code: string
  message: string
  hint?: string
} {
  return { code: CODES[fault], message, ...(hint !== undefined && { hint }) }
}
