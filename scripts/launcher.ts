// The command `volt` (dist/bin/volt.cjs): runs chunks of the packs beside it, from what V8 made of them when they were built where
// that serves this Node.
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { Script } from 'node:vm'

type Chunk = (
  require: (id: string) => unknown,
  module: { exports: unknown },
  exports: unknown,
  bundleUrl: string,
) => void

const directory = import.meta.dirname
const bundleUrl = pathToFileURL(`${directory}/volt.cjs`).href
const builtin = createRequire(bundleUrl)
const packs = new Map<string, Record<string, Chunk>>()
const modules = new Map<string, { exports: unknown }>()

/** `id` is './PACK/CHUNK', or the name of a module of Node. */
function load(id: string): unknown {
  if (!id.startsWith('./')) return builtin(id)
  const known = modules.get(id)
  if (known !== undefined) return known.exports
  const [, pack = '', name = ''] = id.split('/')
  const chunk = (packs.get(pack) ?? open(pack))[name]
  if (chunk === undefined) throw new Error(`${directory} has another version of Volt by now: start volt again`)
  const module = { exports: {} }
  // Before it runs, for those that it imports and that import it.
  modules.set(id, module)
  try {
    chunk(load, module, module.exports, bundleUrl)
  } catch (error) {
    modules.delete(id)
    throw error
  }
  return module.exports
}

function open(pack: string): Record<string, Chunk> {
  const filename = `${directory}/volt.${pack}.cjs`
  const cache = `${directory}/volt.${pack}.cache`
  const cachedData = readCache(cache)
  // One byte a character: packs are ASCII.
  const script = new Script(readFileSync(filename, 'latin1'), { filename, ...(cachedData && { cachedData }) })
  // Of use to the script that makes the packs alone.
  if (process.env['VOLT_WRITE_CODE_CACHE'] && cachedData === undefined) {
    process.on('exit', () => writeFileSync(cache, script.createCachedData()))
  }
  const chunks = script.runInThisContext() as Record<string, Chunk>
  packs.set(pack, chunks)
  return chunks
}

/** Without it a start takes longer, that is all. */
function readCache(path: string): Buffer | undefined {
  try {
    return readFileSync(path)
  } catch {
    return undefined
  }
}

load('./start/main')
