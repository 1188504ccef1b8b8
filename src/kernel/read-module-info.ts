// What a kernel module says of itself: its section .modinfo, entries `key=value` that end in NUL (ELF64, System V ABI).
import { KernelError } from './kernel-error.ts'

const MAGIC = 0x7f454c46
const [ELFCLASS64, ELFDATA2LSB, ET_REL, EM_X86_64] = [2, 1, 1, 62]
const HEADER_BYTES = 64
const SECTION_HEADER_BYTES = 64
const SHT_NOBITS = 8
const MODINFO = '.modinfo'

/** Names are as they are written, by whoever built the module. */
export interface ModuleInfo {
  name?: string
  /** Modules that must be there before it. */
  depends: string[]
  /** Modules or aliases that it works better with, or only with: before it and after it. */
  softBefore: string[]
  softAfter: string[]
  aliases: string[]
}

/** `bytes` are the whole module, unpacked. Throws KernelError. */
export function readModuleInfo(bytes: Buffer): ModuleInfo {
  checkIdentity(bytes)
  const info: ModuleInfo = { depends: [], softBefore: [], softAfter: [], aliases: [] }
  for (const [key, value] of entriesOf(findModinfo(bytes))) {
    if (key === 'name') info.name = value
    else if (key === 'depends') info.depends.push(...value.split(',').filter((name) => name !== ''))
    else if (key === 'alias') info.aliases.push(value)
    else if (key === 'softdep') addSoft(info, value)
  }
  return info
}

function checkIdentity(bytes: Buffer): void {
  if (bytes.length < HEADER_BYTES || bytes.readUInt32BE(0) !== MAGIC) throw damaged('it is no ELF file')
  const isModule =
    bytes[4] === ELFCLASS64 &&
    bytes[5] === ELFDATA2LSB &&
    bytes.readUInt16LE(16) === ET_REL &&
    bytes.readUInt16LE(18) === EM_X86_64
  if (!isModule) throw damaged('it is no object file for x86-64')
}

/** Its one section of that name. */
function findModinfo(bytes: Buffer): Buffer {
  const table = Number(bytes.readBigUInt64LE(40))
  const [entrySize, count, namesAt] = [bytes.readUInt16LE(58), bytes.readUInt16LE(60), bytes.readUInt16LE(62)]
  if (entrySize !== SECTION_HEADER_BYTES || count === 0 || namesAt >= count)
    throw damaged('it has no table of sections')
  const headers = pieceOf(bytes, table, count * SECTION_HEADER_BYTES, 'table of sections')
  const names = contentOf(bytes, headers, namesAt)
  for (let index = 0; index < count; index++) {
    const at = headers.readUInt32LE(index * SECTION_HEADER_BYTES)
    const end = at + MODINFO.length
    if (names.toString('latin1', at, end) === MODINFO && names[end] === 0) return contentOf(bytes, headers, index)
  }
  throw damaged(`it has no section ${MODINFO}`)
}

function contentOf(bytes: Buffer, headers: Buffer, index: number): Buffer {
  const header = headers.subarray(index * SECTION_HEADER_BYTES)
  if (header.readUInt32LE(4) === SHT_NOBITS) throw damaged(`its section ${index} has no content`)
  return pieceOf(bytes, Number(header.readBigUInt64LE(24)), Number(header.readBigUInt64LE(32)), `section ${index}`)
}

function pieceOf(bytes: Buffer, offset: number, length: number, what: string): Buffer {
  if (offset > bytes.length || length > bytes.length - offset) throw damaged(`it ends within its ${what}`)
  return bytes.subarray(offset, offset + length)
}

function* entriesOf(section: Buffer): Generator<[key: string, value: string]> {
  if (section.length > 0 && section.at(-1) !== 0) throw damaged(`its ${MODINFO} is cut off`)
  for (const entry of section.toString('latin1').split('\0')) {
    const equals = entry.indexOf('=')
    if (equals > 0) yield [entry.slice(0, equals), entry.slice(equals + 1)]
  }
}

/** `pre: a b post: c`; words in front of both are meant by nobody. */
function addSoft(info: ModuleInfo, value: string): void {
  let list: string[] = []
  for (const word of value.split(/\s+/).filter((each) => each !== '')) {
    if (word === 'pre:') list = info.softBefore
    else if (word === 'post:') list = info.softAfter
    else list.push(word)
  }
}

function damaged(message: string): KernelError {
  return new KernelError('damaged', `the module is damaged: ${message}`, 'import the kernel again, with --replace')
}
