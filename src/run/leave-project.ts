// The end of a project whose last machine is gone: its private networks end, and then nothing of it is left.
import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { requestDescriptors } from '../host/request-descriptors.ts'
import { removeEmptyProject, vmNames, type Project } from '../state/project.ts'
import { parseSegmentAnswer } from './segment-answer.ts'
import { segmentLog, segmentOf, segmentSocket } from './segment-files.ts'

const END_TIMEOUT_MS = 2000
const PAUSE_MS = 10

/** Does nothing to a project that has machines. To be called with the project's lock held. */
export async function leaveProject(project: Project): Promise<void> {
  if ((await vmNames(project)).length > 0) return
  const files = await readdir(project.stateDirectory)
  const networks = new Set(files.map(segmentOf).filter((network) => network !== undefined))
  for (const network of networks) await endSegment(project.stateDirectory, network)
  await removeEmptyProject(project)
}

/** One that somebody still has a tap of stays, and ends by itself. */
async function endSegment(directory: string, network: string): Promise<void> {
  const answer = await requestDescriptors(directory, segmentSocket(network), { request: 'end' })
  if (answer !== undefined && answer.text !== '' && !parseSegmentAnswer(answer.text).ok) return
  const socket = join(directory, segmentSocket(network))
  // The holder removes it. Of one that was killed it is removed here.
  const until = answer === undefined ? 0 : Date.now() + END_TIMEOUT_MS
  while (existsSync(socket) && Date.now() < until) await sleep(PAUSE_MS)
  await rm(socket, { force: true })
  await rm(join(directory, segmentLog(network)), { force: true })
}
