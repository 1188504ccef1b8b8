// The lab's job: `boot-guests.ts DIRECTORY NAME…` runs these manifests and saved plans of a directory, one after the other,
// and leaves NAME.log (console), NAME.end (how it ended) and, last, NAME.status (exit code) in $VOLT_LAB_RESULTS. The name's
// beginning says how it runs: cli-… by `volt run`, stop-… by `volt apply` and `volt stop`, cut-… and killed-… as power-cut.ts says, others in this process.
import { readdir, writeFile } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import { probeHost } from '../../src/index.ts'
import { DEBIAN_DIALOGUE, DEBIAN_GUEST } from './debian-guest.ts'
import { startServices } from './net-services.ts'
import { makeShares } from './share-steps.ts'
import { makeTransferTap, TRANSFER_DIALOGUE, TRANSFER_GUEST } from './transfer-guest.ts'
import { makeVhostTap, VHOST_DIALOGUE, VHOST_GUEST } from './vhost-guest.ts'
import { startVsockService } from './vsock-steps.ts'
import { cutPower, killMachine } from './power-cut.ts'
import type { Line } from './dialogue.ts'
import { OUT_OF_TIME, runByApply, runByCommand, runHere, type End } from './run-guest.ts'

const [directory = '.', ...names] = process.argv.slice(2)
const results = process.env['VOLT_LAB_RESULTS'] ?? '.'
/** Exit code of a guest that ended so. */
const TRIPLE_FAULT = 21
/** Characters of a console log. */
const LOG_SHOWN = 400
const host = await probeHost()

/** What is said to guests at their consoles. */
const DIALOGUES: Record<string, Line[]> = {
  [DEBIAN_GUEST]: DEBIAN_DIALOGUE,
  [VHOST_GUEST]: VHOST_DIALOGUE,
  [TRANSFER_GUEST]: TRANSFER_DIALOGUE,
}

/** 64 processors, and those that start Node six times. */
const SLOW = /-64$|^stop-/
/** For all guests together, and one for each: a fault of Volt's own would need more. */
let retries = 2

/**
 * What is left of the faults that `run` tells of: an interrupt that is raised while VMEXIT clears VIRQ may bring VIRQ back,
 * and the guest gets an exception that nothing caused.
 */
function isOfTheLab({ status }: End): boolean {
  return status === OUT_OF_TIME || status === TRIPLE_FAULT
}

function limitOf(name: string): number {
  if (name === TRANSFER_GUEST) return 7_000_000
  if (DIALOGUES[name] !== undefined) return 900_000
  return SLOW.test(name) ? 480_000 : 120_000
}

async function attempt(file: string, name: string): Promise<End> {
  const limitMs = limitOf(name)
  try {
    if (name.startsWith('cli-')) return await runByCommand(file, limitMs)
    if (name.startsWith('stop-')) return await runByApply(file, limitMs)
    if (name.startsWith('cut-')) return await cutPower(file, limitMs)
    if (name.startsWith('killed-')) return await killMachine(file, limitMs)
    if (name === VHOST_GUEST) makeVhostTap()
    if (name === TRANSFER_GUEST) makeTransferTap()
    return await runHere(file, limitMs, host, DIALOGUES[name])
  } catch (error) {
    return { log: '', status: 1, how: String(error) }
  }
}

startServices()
startVsockService()
await makeShares()
for (const entry of (await readdir(directory)).sort()) {
  const name = basename(entry, extname(entry))
  if (!names.includes(name)) continue
  const began = Date.now()
  let end = await attempt(join(directory, entry), name)
  if (isOfTheLab(end) && retries-- > 0) {
    console.error(
      `lab: ${name} ended with ${end.status} (${end.how.trim()}); trying once more\n${end.log.slice(-LOG_SHOWN)}`,
    )
    end = await attempt(join(directory, entry), name)
  }
  console.error(`lab: ${name}: status ${end.status} after ${((Date.now() - began) / 1000).toFixed(1)} s`)
  await writeFile(join(results, `${name}.log`), end.log, 'latin1')
  await writeFile(join(results, `${name}.end`), end.how)
  await writeFile(join(results, `${name}.status`), String(end.status))
}
