// What a disk is: an image that is there, or one that Volt makes from other files.
import { MAX_MADE_DISK_BYTES, MIN_MADE_DISK_BYTES } from './limits.ts'
import type { Disk, DiskSource } from './manifest.gen.ts'
import { child, type Problem } from './problem.ts'
import { formatSize, parseSize } from './size.ts'

const CODE = 'V233'
const MIB = 1024 ** 2

/** Of a disk that the schema accepts. */
export function checkDiskSource({ path, from, size, overlay, readOnly }: Disk, pointer: string): Problem[] {
  const wrong = (message: string, field: string, hint: string): Problem => {
    return { code: CODE, message, pointer: field === '' ? pointer : child(pointer, field), hint }
  }
  if (from === undefined) {
    if (path === undefined)
      return [wrong('a disk needs a path, or what it is made from', '', 'path: ./root.img, or from: { directory: ./root } with size: 1GiB')] // prettier-ignore
    return size === undefined ? [] : [wrong('an image has its size', 'size', 'size is for disks with from')]
  }
  const problems = checkKinds(from, child(pointer, 'from'))
  if (path !== undefined) problems.push(wrong('a disk has a path or is made from something', 'path', 'leave one out'))
  if (size === undefined) problems.push(wrong('a disk that is made needs a size', '', 'size: 1GiB'))
  else problems.push(...checkSize(parseSize(size), child(pointer, 'size')))
  if (typeof overlay === 'string') {
    const message = 'a disk that is made anew when its files change keeps writes in overlays of its own'
    problems.push(wrong(message, 'overlay', 'leave overlay out; `volt destroy` keeps what the guest wrote'))
  } else if (overlay === false && readOnly !== true) {
    problems.push(wrong('a disk that is made is not written itself', 'overlay', 'leave overlay out, or add readOnly: true')) // prettier-ignore
  }
  return problems
}

function checkKinds({ directory, ociLayout, dockerArchive, ref }: DiskSource, pointer: string): Problem[] {
  const kinds = [directory, ociLayout, dockerArchive].filter((kind) => kind !== undefined)
  if (kinds.length !== 1) {
    const message = `a disk is made from one of directory, ociLayout and dockerArchive, not from ${kinds.length}`
    return [{ code: CODE, message, pointer, hint: 'directory: ./root takes the files of a directory' }]
  }
  if (ref === undefined || directory === undefined) return []
  const hint = 'ref says which image of an OCI layout or a Docker archive is meant'
  return [{ code: CODE, message: 'a directory has no ref', pointer: child(pointer, 'ref'), hint }]
}

function checkSize(bytes: number, pointer: string): Problem[] {
  const [least, most] = [formatSize(MIN_MADE_DISK_BYTES), formatSize(MAX_MADE_DISK_BYTES)]
  if (bytes >= MIN_MADE_DISK_BYTES && bytes <= MAX_MADE_DISK_BYTES && bytes % MIB === 0) return []
  return [{ code: 'V007', message: `the size must be whole MiB from ${least} to ${most}`, pointer }]
}
