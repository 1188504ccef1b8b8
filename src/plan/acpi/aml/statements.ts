// The few AML statements and operators that our methods use. ACPI 6.4 §20.2.5.3 and §20.2.5.4.
import { integer } from './integer.ts'
import { nameString } from './name.ts'
import type { Aml } from './objects.ts'
import { withLength } from './package-length.ts'

const STORE_OP = 0x70
const AND_OP = 0x7b
const NOTIFY_OP = 0x86
const LOCAL0_OP = 0x60
const IF_OP = 0xa0
const RETURN_OP = 0xa4
const NO_TARGET = 0x00

/** Local0 */
export const local0: Aml = [LOCAL0_OP]

/** Store (source, target) */
export function store(source: Aml, target: Aml): Aml {
  return [STORE_OP, ...source, ...target]
}

/** And (left, right), without a target. */
export function and(left: Aml, right: Aml): Aml {
  return [AND_OP, ...left, ...right, NO_TARGET]
}

/** Notify (path, value) */
export function notify(path: string, value: number): Aml {
  return [NOTIFY_OP, ...nameString(path), ...integer(value)]
}

/** If (predicate) { terms } */
export function ifThen(predicate: Aml, ...terms: Aml[]): Aml {
  return withLength([IF_OP], predicate, ...terms)
}

/** Return (value) */
export function returns(value: Aml): Aml {
  return [RETURN_OP, ...value]
}
