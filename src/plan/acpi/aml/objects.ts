// AML's named objects and data: scopes, devices, methods, names, packages, strings, buffers, fields. ACPI 6.4 §20.2.5.
import { integer } from './integer.ts'
import { nameString } from './name.ts'
import { withLength } from './package-length.ts'

/** Encoded AML: a term, or data. */
export type Aml = number[]

const NAME_OP = 0x08
const STRING_PREFIX = 0x0d
const SCOPE_OP = 0x10
const BUFFER_OP = 0x11
const PACKAGE_OP = 0x12
const METHOD_OP = 0x14
const EXT_OP = 0x5b
const REGION_OP = 0x80
const FIELD_OP = 0x81
const DEVICE_OP = 0x82

/** Scope (path) { terms } */
export function scope(path: string, ...terms: Aml[]): Aml {
  return withLength([SCOPE_OP], nameString(path), ...terms)
}

/** Device (name) { terms } */
export function device(name: string, ...terms: Aml[]): Aml {
  return withLength([EXT_OP, DEVICE_OP], nameString(name), ...terms)
}

/** Name (path, data) */
export function name(path: string, data: Aml): Aml {
  return [NAME_OP, ...nameString(path), ...data]
}

/** Method (name, argumentCount, NotSerialized | Serialized) { terms } */
export function method(
  path: string,
  argumentCount: number,
  serialization: 'serialized' | 'not-serialized',
  ...terms: Aml[]
): Aml {
  const flags = argumentCount | (serialization === 'serialized' ? 1 << 3 : 0)
  return withLength([METHOD_OP], nameString(path), [flags], ...terms)
}

/** A string; ASCII without NUL. */
export function string(text: string): Aml {
  return [STRING_PREFIX, ...[...text].map((letter) => letter.charCodeAt(0)), 0]
}

/** Package () { elements }, at most 255 elements. */
export function packageOf(...elements: Aml[]): Aml {
  return withLength([PACKAGE_OP], [elements.length], ...elements)
}

/** Buffer () { bytes } */
export function buffer(bytes: number[]): Aml {
  return withLength([BUFFER_OP], integer(bytes.length), bytes)
}

/** OperationRegion (name, SystemIO, port, length) */
export function portRegion(path: string, port: number, length: number): Aml {
  const systemIo = 0x01
  return [EXT_OP, REGION_OP, ...nameString(path), systemIo, ...integer(port), ...integer(length)]
}

/** Field (region, ByteAcc, NoLock, WriteAsZeros) with one 8-bit field a name; null skips a byte. */
export function byteFields(region: string, names: (string | null)[]): Aml {
  const byteAccessWriteAsZeros = 0x01 | (0x02 << 5)
  const elements = names.map((field) => (field === null ? [0x00, 8] : [...nameString(field), 8]))
  return withLength([EXT_OP, FIELD_OP], nameString(region), [byteAccessWriteAsZeros], ...elements)
}
