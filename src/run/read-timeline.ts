// Reads what is left of a machine's boot: its record, its events and its console.
import { buildTimeline, type Timeline } from '../picture/timeline.ts'
import { readStatus } from '../state/vm-state.ts'
import { VoltError } from '../volt-error.ts'
import type { FoundVm } from './find-vm.ts'
import { followEvents } from './follow-events.ts'
import { readWhole } from './follow-file.ts'

/** Throws NO_SUCH_VM where the machine left no record, and STATE_INVALID. */
export async function readTimeline(vm: FoundVm): Promise<Timeline> {
  const { record, files } = await readStatus(vm.project, vm.name)
  if (record === undefined) throw new VoltError('NO_SUCH_VM', `nothing is known of a start of '${vm.name}'`)
  const events = []
  for await (const event of followEvents(vm, { follow: false })) events.push(event)
  const chunks = []
  for await (const chunk of readWhole(files.console, files.olderConsole)) chunks.push(chunk)
  const { name, askedAt, startedAt } = record
  const console = Buffer.concat(chunks).toString('utf8')
  return buildTimeline({ name, ...(askedAt !== undefined && { askedAt }), startedAt, events, console })
}
