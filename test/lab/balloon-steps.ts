// What the Debian guest does with its balloon: its driver gives up what the target asks for.
import { step, type Line } from './dialogue.ts'

export const MEMORY_MIB = 512
const TARGET_MIB = 448
const PAGES = ((MEMORY_MIB - TARGET_MIB) * 2 ** 20) / 4096

export const BALLOON = { target: `${TARGET_MIB}MiB` }

const inflated = `[ "$(awk '/^balloon_inflate/ { print $2 }' /proc/vmstat)" = ${PAGES} ]`

export const BALLOON_NAMES = ['inflated']

export const BALLOON_STEPS: Line[] = [
  step('inflated', `timeout 60 bash -c 'until ${inflated.replaceAll("'", `'\\''`)}; do sleep 1; done'`),
]
