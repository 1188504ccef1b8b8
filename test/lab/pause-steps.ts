// The Debian guest stands still again and again while fio writes and reads back; afterwards its clock is right.
import { setTimeout as sleep } from 'node:timers/promises'
import { answer, SHELL, type Line, type Handle } from './dialogue.ts'
import { DEVICES, verify } from './disk-steps.ts'

const RUNS_MS = 700
const STANDS_MS = 300
/** So long that a clock which stood still with the guest shows it. */
const LONG_PAUSE_MS = 10_000
const CLOCK_TOLERANCE_S = 4
const WANTED = 3

let pauses = 0
let isOver = false

/** Anew for each guest: one that is booted once more has to stand still again. */
async function pauseAgainAndAgain(machine: Handle): Promise<void> {
  pauses = 0
  isOver = false
  while (!isOver) {
    await sleep(RUNS_MS)
    if (isOver || !machine.pause()) return
    await sleep(STANDS_MS)
    machine.resume()
    pauses++
  }
}

async function tellTime(machine: Handle): Promise<string> {
  isOver = true
  machine.pause()
  await sleep(LONG_PAUSE_MS)
  machine.resume()
  const seconds = Math.round(Date.now() / 1000)
  const drift = `$(( $(date +%s) - ${seconds} ))`
  const enough = pauses >= WANTED ? 'true' : 'false'
  return `d=${drift}; echo drift $d; ${enough} && [ $d -le ${CLOCK_TOLERANCE_S} -a $d -ge -${CLOCK_TOLERANCE_S} ] && ${answer('right-time')}\n`
}

const everyCache = DEVICES.map(({ device }) => verify(device)).join(' && ')

export const PAUSE_NAMES = ['verified-with-pauses', 'right-time']

export const PAUSE_STEPS: Line[] = [
  {
    prompt: SHELL,
    type: (machine) => {
      void pauseAgainAndAgain(machine)
      return Promise.resolve(`${everyCache} && ${answer('verified-with-pauses')}\n`)
    },
  },
  { prompt: SHELL, type: tellTime },
]
