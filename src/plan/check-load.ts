// The files of a plan and what is loaded from them: extents in memory and in the file.
import type { BootPlan, LoadItem } from './boot-plan.gen.ts'
import { checkExtents, checkUnique, type Extent, type Fault } from './check-extents.ts'

/** `regions` are the plan's memory, sound or not. */
export function checkLoad(plan: BootPlan, regions: readonly Extent[], faults: Fault[]): void {
  checkUnique(
    plan.files.map(({ id }, index) => ({ value: id, pointer: `/files/${index}/id` })),
    faults,
  )
  checkUnique(
    plan.load.map(({ label }, index) => ({ value: label, pointer: `/load/${index}/label` })),
    faults,
  )
  const sizes = new Map(plan.files.map(({ id, size }) => [id, size]))
  const extents = plan.load.map((item, index) => {
    const pointer = `/load/${index}`
    const start = BigInt(item.gpa)
    const extent = { what: item.label, pointer, start, end: start + BigInt(item.size) }
    if (!regions.some((region) => region.start <= extent.start && extent.end <= region.end)) {
      faults.push({ pointer, message: `(${item.label}) does not lie in one memory region` })
    }
    checkSource(item, pointer, sizes, faults)
    return extent
  })
  checkExtents(extents, faults)
}

function checkSource({ from, size }: LoadItem, pointer: string, files: Map<string, number>, faults: Fault[]): void {
  if ('data' in from) {
    const bytes = base64Length(from.data)
    if (bytes > size)
      faults.push({ pointer: `${pointer}/from/data`, message: `holds ${bytes} bytes for an extent of ${size}` })
    return
  }
  const fileSize = files.get(from.file)
  if (fileSize === undefined) {
    faults.push({ pointer: `${pointer}/from/file`, message: `names ${from.file}, which is not among the plan's files` })
  } else if (from.offset + from.size > fileSize) {
    faults.push({
      pointer: `${pointer}/from`,
      message: `reads past the end of ${from.file}, which has ${fileSize} bytes`,
    })
  }
  if (from.size > size)
    faults.push({ pointer: `${pointer}/from/size`, message: `is more than the extent's ${size} bytes` })
}

/** Bytes that base64 with padding stands for. */
function base64Length(text: string): number {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  return (text.length / 4) * 3 - padding
}
