// `balloon=256MiB`, `console=120x40` and `disk.root.bandwidth=10MiB/s`: what can be changed while a machine runs.
import { suggestBandwidth, parseBandwidth, parseOperations } from '../manifest/rate.ts'
import { MAX_BANDWIDTH_BYTES, MIN_MEMORY_BYTES, PAGE_BYTES } from '../manifest/limits.ts'
import { formatSize, parseSize, suggestSize } from '../manifest/size.ts'
import type { RateSpec } from '../manifest/spec.ts'
import { VoltError } from '../volt-error.ts'
import type { ControlRequest, LimitName } from './control-protocol.ts'

/** As a limit's value: no limit. */
const NONE = 'none'
const OPERATIONS_MAX = 1_000_000_000
/** Of a terminal, in characters. */
const SIZE_MAX = 65535

/** Kind of device → its limits. */
const LIMITS: Readonly<Record<string, readonly LimitName[]>> = {
  disk: ['bandwidth', 'ops'],
  net: ['receive', 'transmit'],
  rng: ['bandwidth'],
}

export const SETTINGS_HELP = `
Settings:
  balloon=SIZE                 memory that the guest keeps, such as 256MiB
  console=COLUMNSxROWS         size of the terminal behind a virtio console, such as 120x40
  disk.NAME.bandwidth=RATE     such as 10MiB/s, or none
  disk.NAME.ops=NUMBER         operations a second, or none
  net.NAME.receive=RATE        and net.NAME.transmit=RATE
  rng.bandwidth=RATE

What is set holds until the guest reboots or the machine ends, a terminal's size across reboots; the manifest stays as it
is.
`

/** What to ask of the machine; throws USAGE. */
export function parseSetting(text: string): ControlRequest {
  const equals = text.indexOf('=')
  if (equals <= 0) throw usage(`a setting is NAME=VALUE, not '${text}'`, 'such as balloon=256MiB')
  const [name, value] = [text.slice(0, equals), text.slice(equals + 1)]
  if (name === 'balloon') return { request: 'balloon', target: targetOf(value) }
  if (name === 'console') return { request: 'resize', ...sizeOf(value) }
  const { device, limit } = limitOf(name)
  return { request: 'rate', device, limits: { [limit]: value === NONE ? null : rateOf(limit, value) } }
}

function limitOf(name: string): { device: string; limit: LimitName } {
  const words = name.split('.')
  const [kind = '', limit] = [words[0], words.at(-1) as LimitName]
  const names = words.slice(1, -1)
  const wanted = kind === 'rng' ? 0 : 1
  if (
    !Object.hasOwn(LIMITS, kind) ||
    LIMITS[kind]?.includes(limit) !== true ||
    names.length !== wanted ||
    names.includes('')
  ) {
    throw usage(`there is no setting '${name}'`, 'there are balloon, console, disk.NAME.bandwidth, disk.NAME.ops, net.NAME.receive, net.NAME.transmit and rng.bandwidth') // prettier-ignore
  }
  return { device: [kind, ...names].join('-'), limit }
}

function targetOf(value: string): number {
  if (!/^[1-9]\d{0,15}[KMGT]iB$/.test(value)) {
    throw usage(`'${value}' is no size such as 256MiB`, suggestion(suggestSize(value)))
  }
  const bytes = parseSize(value)
  if (bytes < MIN_MEMORY_BYTES) throw usage(`a guest keeps at least ${formatSize(MIN_MEMORY_BYTES)}`)
  if (bytes % PAGE_BYTES === 0) return bytes
  const above = formatSize(Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES)
  throw usage(`the target must be a multiple of ${formatSize(PAGE_BYTES)}`, suggestion(above))
}

function sizeOf(value: string): { columns: number; rows: number } {
  const [columns = 0, rows = 0] = /^[1-9]\d{0,4}x[1-9]\d{0,4}$/.test(value) ? value.split('x').map(Number) : []
  if (columns > 0 && columns <= SIZE_MAX && rows <= SIZE_MAX) return { columns, rows }
  throw usage(`'${value}' is no size of a terminal`, `columns and rows from 1 to ${SIZE_MAX}, such as 120x40`)
}

function rateOf(limit: LimitName, value: string): RateSpec {
  if (limit === 'ops') {
    const count = /^[1-9]\d{0,9}$/.test(value) ? Number(value) : Infinity
    if (count <= OPERATIONS_MAX) return parseOperations(count)
    throw usage(`'${value}' is no number of operations a second, from 1 to ${OPERATIONS_MAX}`)
  }
  if (!/^[1-9]\d{0,15}[KMGT]iB\/s$/.test(value)) {
    throw usage(`'${value}' is no rate such as 100MiB/s`, suggestion(suggestBandwidth(value)))
  }
  const rate = parseBandwidth(value)
  if (rate.perSecond <= MAX_BANDWIDTH_BYTES) return rate
  throw usage(`a rate must be at most ${formatSize(MAX_BANDWIDTH_BYTES)}/s`, `'${NONE}' is no limit`)
}

function suggestion(text: string | undefined): string | undefined {
  return text === undefined ? undefined : `did you mean ${text}?`
}

function usage(message: string, hint?: string): VoltError {
  return new VoltError('USAGE', message, hint === undefined ? {} : { hint })
}
