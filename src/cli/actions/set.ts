// What `volt set` does.
import { askVmm } from '../../run/ask-vmm.ts'
import { findVm } from '../../run/find-vm.ts'
import { parseSetting } from '../../run/parse-setting.ts'
import { requireRunning } from '../../run/running-vm.ts'
import type { Context } from '../context.ts'
import { withDone } from '../with-done.ts'

export interface SetOptions {
  json?: true
  project?: string
}

/** Nothing is changed where one of the settings cannot be read; one that the machine refuses ends it, and says what was done. */
export async function set(context: Context, name: string, settings: string[], options: SetOptions): Promise<void> {
  const requests = settings.map(parseSetting)
  const found = await findVm(name, options.project, process.cwd())
  const { files } = await requireRunning(found)
  for (const [index, request] of requests.entries()) {
    await askVmm(files.control, request).catch((error: unknown) => {
      throw withDone(error, settings.slice(0, index))
    })
    if (!options.json) await context.stderr.line(`${name}: ${settings[index]}`)
  }
  const result = { formatVersion: 1, project: found.project.name, name, settings }
  if (options.json) await context.stdout.line(JSON.stringify(result))
}
