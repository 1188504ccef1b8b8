// What `volt timeline` does.
import { drawTimeline } from '../../picture/draw-timeline.ts'
import { findVm } from '../../run/find-vm.ts'
import { readTimeline } from '../../run/read-timeline.ts'
import { VoltError } from '../../volt-error.ts'
import type { Context } from '../context.ts'
import { renderTimeline } from '../render/timeline.ts'
import { checkPicture, showPicture } from '../save-picture.ts'

export interface TimelineOptions {
  svg?: true
  output?: string
  json?: true
  project?: string
}

export async function timeline(context: Context, name: string, options: TimelineOptions): Promise<void> {
  const { svg, output, json, project } = options
  if (output !== undefined && !svg) throw new VoltError('USAGE', '-o is for the picture: add --svg')
  await checkPicture(output)
  const { stdout } = context
  const vm = await findVm(name, project, process.cwd())
  const read = await readTimeline(vm)
  if (svg) return showPicture(context, drawTimeline(read), output)
  if (json) return stdout.line(JSON.stringify({ formatVersion: 1, project: vm.project.name, ...read }, undefined, 2))
  await stdout.write(renderTimeline(read, stdout))
}
