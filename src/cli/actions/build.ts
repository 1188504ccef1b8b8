// What `volt build` does: CMake, with the headers of Node's API that the package depends on.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { BUILD_DIRECTORY, packageFile } from '../../host/built-files.ts'
import { VoltError } from '../../volt-error.ts'
import type { Context } from '../context.ts'

const NEEDED = 'it takes, on Debian: apt-get install g++ cmake make nlohmann-json3-dev liburing-dev libseccomp-dev'

/** Throws NOT_BUILT with what is needed. */
export async function build({ stderr }: Context): Promise<void> {
  const { resolve } = createRequire(import.meta.url)
  const headers = ['node-api-headers', 'node-addon-api'].map((name) => dirname(resolve(`${name}/package.json`)))
  const include = [join(headers[0] ?? '', 'include'), headers[1]].join(';')
  const root = packageFile('.')
  await run([
    '-S',
    root,
    '-B',
    BUILD_DIRECTORY,
    '-DCMAKE_BUILD_TYPE=Release',
    '-DCMAKE_JS_VERSION=8',
    `-DCMAKE_JS_INC=${include}`,
  ])
  await run(['--build', BUILD_DIRECTORY, '--parallel', String(availableParallelism())])
  await stderr.line(`built ${BUILD_DIRECTORY}/Release`)
}

async function run(args: string[]): Promise<void> {
  const child = spawn('cmake', args, { stdio: ['ignore', 2, 2] })
  const ended = once(child, 'exit').catch((cause: Error) => {
    throw new VoltError('NOT_BUILT', `cmake does not start: ${cause.message}`, { hint: NEEDED, cause })
  })
  const [code] = (await ended) as [number | null]
  if (code !== 0)
    throw new VoltError('NOT_BUILT', 'cmake could not build the engine: what it said is above', { hint: NEEDED })
}
