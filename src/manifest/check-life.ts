// How a machine's life is kept: when it is ready, whether it is started again, how large its log becomes.
import { formatDuration, parseDuration } from './duration.ts'
import { MAX_READINESS_TIMEOUT_MS, MIN_CONSOLE_LOG_BYTES } from './limits.ts'
import type { Manifest, Readiness } from './manifest.gen.ts'
import { parsePort } from './ports.ts'
import type { Problem } from './problem.ts'
import { formatSize, parseSize } from './size.ts'

const SIGNS = ['console', 'vsock', 'tcp'] as const
const ONE_SIGN = 'write one of console: PATTERN, vsock: PORT and tcp: PORT'

/** `fields` are those of a manifest that the schema accepts; `isKnown`: whether one that is missing is not written either. */
export function checkLife(fields: Partial<Manifest>, isKnown: (field: string) => boolean): Problem[] {
  const { console: terminal, readiness } = fields
  return [
    ...(terminal?.maxSize === undefined ? [] : checkLogSize(terminal.maxSize)),
    ...(readiness === undefined ? [] : checkReadiness(readiness, fields, isKnown)),
  ]
}

function checkLogSize(maxSize: string): Problem[] {
  if (parseSize(maxSize) >= MIN_CONSOLE_LOG_BYTES) return []
  const message = `maxSize must be at least ${formatSize(MIN_CONSOLE_LOG_BYTES)}`
  return [{ code: 'V007', message, pointer: '/console/maxSize' }]
}

function checkReadiness(
  readiness: Readiness,
  fields: Partial<Manifest>,
  isKnown: (field: string) => boolean,
): Problem[] {
  const given = SIGNS.filter((sign) => readiness[sign] !== undefined)
  if (given.length !== 1) {
    const message = given.length === 0 ? 'readiness has no sign' : `readiness has more than one of ${given.join(', ')}`
    return [{ code: 'V229', message, pointer: '/readiness', hint: ONE_SIGN }]
  }
  const ways = ['console', 'vsock', 'networks'].every(isKnown) ? checkWay(readiness, fields) : []
  return [...checkTimeout(readiness.timeout), ...checkPattern(readiness.console), ...ways]
}

function checkTimeout(timeout: string | number | undefined): Problem[] {
  if (timeout === undefined || parseDuration(timeout) <= MAX_READINESS_TIMEOUT_MS) return []
  const message = `timeout must be at most ${formatDuration(MAX_READINESS_TIMEOUT_MS)}, a day`
  return [{ code: 'V007', message, pointer: '/readiness/timeout' }]
}

/** What both kinds of regular expressions refuse, such as a bracket without its other; the keeper's regcomp(3) has the last word. */
function checkPattern(pattern: string | undefined): Problem[] {
  if (pattern === undefined) return []
  if (/^(?:[^\\]|\\[^1-9])*\\[1-9]/.test(pattern)) {
    const message = 'the pattern has a back-reference, for which a matcher may take time without end'
    return [{ code: 'V003', message, pointer: '/readiness/console', hint: 'write the text again, or leave it out' }]
  }
  try {
    new RegExp(pattern.replaceAll(/\[\[:\w+:\]\]/g, '.').replaceAll(/\[:\w+:\]/g, 'a'))
    return []
  } catch (error) {
    const message = `the pattern is no regular expression: ${(error as Error).message.replace(/^.*: /, '')}`
    return [
      { code: 'V003', message, pointer: '/readiness/console', hint: 'a backslash takes a character as it is: \\(' },
    ]
  }
}

function checkWay(readiness: Readiness, { console: terminal, vsock, networks = [] }: Partial<Manifest>): Problem[] {
  const refuse = (sign: string, message: string, hint: string): Problem[] => [
    { code: 'V229', message, pointer: `/readiness/${sign}`, hint },
  ]
  if (readiness.console !== undefined && terminal?.device === 'none')
    return refuse('console', 'the machine has no console to be ready by', 'leave console.device out')
  if (readiness.vsock !== undefined && (vsock === undefined || vsock === false))
    return refuse('vsock', 'the machine has no vsock to be ready by', 'add `vsock: true`')
  const { tcp } = readiness
  if (tcp === undefined) return []
  const ports = networks.flatMap(({ user }) => (typeof user === 'object' ? (user.ports ?? []) : [])).map(parsePort)
  if (ports.some((port) => port === undefined || (port.hostPort === tcp && port.protocol === 'tcp'))) return []
  const hint = `add "${tcp}:${tcp}" to a network's user.ports; the first number is the host's`
  return refuse('tcp', `no network of the machine forwards port ${tcp} of the host by TCP`, hint)
}
