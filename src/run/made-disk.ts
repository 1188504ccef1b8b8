// A disk that Volt makes: what it is made from before that, and its file afterwards.
import { resolve } from 'node:path'
import { buildDisk } from '../content/build-disk.ts'
import { ContentError } from '../content/content-error.ts'
import { directoryContent } from '../content/directory-content.ts'
import { dockerContent, ociContent } from '../content/image-content.ts'
import type { DiskContent } from '../content/disk-content.ts'
import type { DocumentProblem } from '../manifest/load-manifests.ts'
import type { DiskSourceSpec, DiskSpec } from '../manifest/spec.ts'
import { userStore } from '../store/store-place.ts'
import type { LoadedDisk } from './read-disks.ts'
import { describeFault, type Unbuilt } from './unbuilt.ts'

/** The disk without its source, which it has when it is built. Undefined where something is wrong; it is in `problems`. */
export async function readMadeDisk(
  { name, from, sizeBytes, readOnly }: DiskSpec & { from: DiskSourceSpec },
  directory: string,
  pointer: string,
  problems: DocumentProblem[],
): Promise<LoadedDisk | undefined> {
  try {
    const content = await findContent(from, directory)
    return { name, source: '', sizeBytes: sizeBytes ?? 0, uses: [], content, ...(!readOnly && { overlay: true }) }
  } catch (error) {
    if (!(error instanceof ContentError)) throw error
    problems.push({ ...describeFault(error), pointer: `${pointer}/from/${sourceOf(from).field}` })
    return undefined
  }
}

/** Looks at what is there and builds nothing. Throws ContentError. */
async function findContent(from: DiskSourceSpec, directory: string): Promise<DiskContent> {
  const { field, path } = sourceOf(from)
  const absolute = resolve(directory, path)
  if (field === 'directory') return directoryContent(absolute, path)
  return field === 'ociLayout' ? ociContent(absolute, path, from.ref) : dockerContent(absolute, path, from.ref)
}

/** As written. */
export function sourceOf({ directory, ociLayout, dockerArchive = '' }: DiskSourceSpec): {
  field: Exclude<keyof DiskSourceSpec, 'ref'>
  path: string
} {
  if (directory !== undefined) return { field: 'directory', path: directory }
  return ociLayout === undefined
    ? { field: 'dockerArchive', path: dockerArchive }
    : { field: 'ociLayout', path: ociLayout }
}

/** `disk` is the entry of a machine, which gets its source. */
export function unbuiltDisk(disk: LoadedDisk, content: DiskContent, pointer: string): Unbuilt {
  return {
    name: `disk ${disk.name}`,
    pointers: { unfit: `${pointer}/from`, small: `${pointer}/size` },
    async build(options) {
      const { path, inputs, fresh } = await buildDisk(userStore(), content, disk.sizeBytes, options)
      disk.source = path
      disk.inputs = inputs
      return { bytes: disk.sizeBytes, fresh }
    },
  }
}
