// Kernel modules of nothing but what they say of themselves, right or deliberately wrong.

export interface ModulePlan {
  /** Entries of .modinfo, `depends=a,b`. */
  entries: readonly string[]
  type?: number
  /** What the header of .modinfo says of its length; by default what it has. */
  infoBytes?: number
  /** Whether the last entry ends as all do. */
  ended?: boolean
  /** The name of the section. */
  section?: string
  sectionCount?: number
  namesIndex?: number
  tableOffset?: bigint
}

const HEADER = 64
const SECTION_HEADER = 64

/** ELF64: a header, the names of sections, the section, and the headers of nothing, names and section. */
export function buildModule(plan: ModulePlan): Buffer {
  const { entries, ended = true, section = '.modinfo' } = plan
  const info = Buffer.from(entries.join('\0') + (ended ? '\0' : ''), 'latin1')
  const names = Buffer.from(`\0.shstrtab\0${section}\0`)
  const table = HEADER + names.length + info.length
  const bytes = Buffer.alloc(table + 3 * SECTION_HEADER)
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1])
  bytes.writeUInt16LE(plan.type ?? 1, 16)
  bytes.writeUInt16LE(62, 18)
  bytes.writeBigUInt64LE(plan.tableOffset ?? BigInt(table), 40)
  bytes.writeUInt16LE(SECTION_HEADER, 58)
  bytes.writeUInt16LE(plan.sectionCount ?? 3, 60)
  bytes.writeUInt16LE(plan.namesIndex ?? 1, 62)
  names.copy(bytes, HEADER)
  info.copy(bytes, HEADER + names.length)
  const place = (index: number, name: number, type: number, offset: number, length: number) => {
    const at = table + index * SECTION_HEADER
    bytes.writeUInt32LE(name, at)
    bytes.writeUInt32LE(type, at + 4)
    bytes.writeBigUInt64LE(BigInt(offset), at + 24)
    bytes.writeBigUInt64LE(BigInt(length), at + 32)
  }
  place(1, 1, 3, HEADER, names.length)
  place(2, 11, 1, HEADER + names.length, plan.infoBytes ?? info.length)
  return bytes
}

/** With its name and what it depends on. */
export function moduleOf(name: string, depends: readonly string[] = [], ...more: string[]): Buffer {
  return buildModule({ entries: ['license=GPL', `depends=${depends.join(',')}`, ...more, `name=${name}`] })
}
