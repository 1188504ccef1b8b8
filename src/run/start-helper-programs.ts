// Starts the helpers of a machine in this process through `volt-vmm helpers`, the way a keeper starts them.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { requireVmm, VMM_FILE } from '../host/built-files.ts'
import { listenIn } from '../host/listen-socket.ts'
import { fromNative } from '../host/native-error.ts'
import type { OpenDescriptor } from '../host/open-descriptor.ts'
import { requestDescriptors } from '../host/request-descriptors.ts'
import type { FailedEvent } from '../host/native-addon.ts'
import { VoltError } from '../volt-error.ts'
import { helperArguments, HELPER_SOCKET, type HelperCommand } from './helper-command.ts'
import { helperEnvironment } from './helper-programs.ts'

export interface RunningHelpers {
  /** The machine's ends, by the names of the plan; the caller closes them. */
  files: Map<string, OpenDescriptor>
  /** Ends them; so does the end of this process. */
  end: () => void
}

const SOCKET_NAME = 'helpers'

/** All of them, or none. Throws HOST_ERROR or NOT_BUILT. */
export async function startHelpers(helpers: readonly HelperCommand[]): Promise<RunningHelpers> {
  if (helpers.length === 0) return { files: new Map(), end: () => undefined }
  requireVmm()
  const directory = await mkdtemp(join(tmpdir(), 'volt-'))
  const listener = await listenIn(directory, SOCKET_NAME)
  const stdio: ('pipe' | 'ignore' | number)[] = ['pipe', 'ignore', 'ignore', listener.fd]
  const words = helpers.flatMap((helper) =>
    helperArguments(helper, helper.log === undefined ? undefined : stdio.push(helper.log.fd) - 1),
  )
  const args = ['helpers', '--socket', String(HELPER_SOCKET), ...words]
  const child = spawn(VMM_FILE, args, { stdio, cwd: '/', env: helperEnvironment(), detached: true })
  const end = (): void => void child.stdin?.destroy()
  try {
    await once(child, 'spawn')
    await listener.close()
    child.unref()
    const answer = await requestDescriptors(directory, SOCKET_NAME, {})
    if (answer === undefined || answer.descriptors.length !== helpers.length) throw refusal(answer?.text)
    return { files: new Map(helpers.map(({ name }, index) => [name, answer.descriptors[index]!])), end }
  } catch (error) {
    end()
    if (error instanceof VoltError) throw error
    throw new VoltError('HOST_ERROR', `volt-vmm did not start: ${(error as Error).message}`, { cause: error })
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

function refusal(text = ''): VoltError {
  try {
    return fromNative(JSON.parse(text) as FailedEvent)
  } catch {
    return new VoltError('HOST_ERROR', 'what serves the devices of the machine did not start')
  }
}
