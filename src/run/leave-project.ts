// The end of a project whose last machine is gone: its private networks end, and then nothing of it is left.
import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { requestDescriptors } from '../host/request-descriptors.ts'
import { machineNames, removeEmptyProject } from '../state/project.ts'
import type { Project } from '../state/project-name.ts'
import { parseSegmentAnswer } from './segment-answer.ts'
import { segmentLog, segmentOf, segmentSocket } from './segment-files.ts'

/** For the taps of the last machines, and for the holder's own end. */
const END_TIMEOUT_MS = 2000
const PAUSE_MS = 10

/** Does nothing to a project that has machines; one of which data is kept stays bound to its directory. To be called with the project's lock held. */
export async function leaveProject(project: Project): Promise<void> {
  if ((await machineNames(project)).length > 0) return
  const files = await readdir(project.stateDirectory)
  const networks = new Set(files.map(segmentOf).filter((network) => network !== undefined))
  for (const network of networks) await endSegment(project.stateDirectory, network)
  await removeEmptyProject(project)
}

/** One that somebody still has a tap of stays, and ends by itself. */
async function endSegment(directory: string, network: string): Promise<void> {
  const socket = join(directory, segmentSocket(network))
  const until = Date.now() + END_TIMEOUT_MS
  const isOver = (): boolean => Date.now() > until
  while ((await asksToEnd(directory, network)) === 'busy') {
    if (isOver()) return
    await sleep(PAUSE_MS)
  }
  // The holder removes it. Of one that was killed it is removed here.
  const isHeld = async (): Promise<boolean> => existsSync(socket) && (await asksToEnd(directory, network)) !== 'gone'
  while ((await isHeld()) && !isOver()) await sleep(PAUSE_MS)
  await rm(socket, { force: true })
  await rm(join(directory, segmentLog(network)), { force: true })
}

async function asksToEnd(directory: string, network: string): Promise<'busy' | 'ends' | 'gone'> {
  const answer = await requestDescriptors(directory, segmentSocket(network), { request: 'end' })
  if (answer === undefined) return 'gone'
  return answer.text === '' || parseSegmentAnswer(answer.text).ok ? 'ends' : 'busy'
}
