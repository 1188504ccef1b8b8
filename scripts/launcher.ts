// The command `volt` (dist/bin/volt.cjs): runs the bundle beside it, from what V8 made of it when it was built where that serves
// this Node.
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Script } from 'node:vm'

const directory = import.meta.dirname
const filename = `${directory}/volt.bundle.cjs`
const cache = `${directory}/volt.cache`

/** Without it a start takes longer, that is all. */
function readCache(): { cachedData?: Buffer } {
  try {
    return { cachedData: readFileSync(cache) }
  } catch {
    return {}
  }
}

// One byte a character: the bundle is ASCII.
const source = `(function (require, __filename) {${readFileSync(filename, 'latin1')}\n})`
const script = new Script(source, { filename, ...readCache() })
// Of use to the script that makes the bundle alone.
if (process.env['VOLT_WRITE_CODE_CACHE']) process.on('exit', () => writeFileSync(cache, script.createCachedData()))
const run = script.runInThisContext() as (require: NodeJS.Require, filename: string) => void
run(createRequire(filename), filename)
