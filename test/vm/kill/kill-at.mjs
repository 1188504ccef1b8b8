// Loaded into volt before it begins (`node --import`): ends the process by SIGKILL right before the Nth thing that it does
// to the host, N being VOLT_KILL_AT, and says on descriptor 3, if there is one, what it did. So every line that changes
// anything is a stage, also one that is written tomorrow.
import childProcess from 'node:child_process'
import fs from 'node:fs'
import promises from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import process from 'node:process'

const killAt = Number(process.env['VOLT_KILL_AT'] ?? 0)
let count = 0

function stage(name) {
  count += 1
  if (process.env['VOLT_KILL_TRACE']) fs.writeSync(3, `${count} ${name}\n`)
  if (count === killAt) process.kill(process.pid, 'SIGKILL')
}

function wrap(object, names, prefix) {
  for (const name of names) {
    const original = object[name]
    if (typeof original !== 'function') continue
    object[name] = function (...args) {
      stage(
        `${prefix}${name} ${args
          .filter((arg) => typeof arg === 'string')
          .join(' ')
          .slice(0, 200)}`,
      )
      return original.apply(this, args)
    }
  }
}

const handle = await promises.open('/dev/null')
wrap(Object.getPrototypeOf(handle), ['write', 'writeFile', 'truncate', 'sync', 'datasync', 'close'], 'handle.')
await handle.close()
count = 0
wrap(promises, ['open', 'writeFile', 'rename', 'rm', 'mkdir', 'mkdtemp', 'rmdir', 'unlink', 'symlink', 'truncate'], '')
wrap(fs, ['writeFileSync', 'renameSync', 'unlinkSync', 'mkdirSync', 'ftruncateSync', 'fsync'], '')
wrap(childProcess, ['spawn'], '')
// Of those, what only reads is no stage: Node loads modules by it, too.
const { openSync } = fs
fs.openSync = function (path, flags = 'r', ...rest) {
  if (flags !== 'r' && flags !== fs.constants.O_RDONLY) stage(`openSync ${path}`)
  return openSync.call(this, path, flags, ...rest)
}
syncBuiltinESMExports()

const load = process.dlopen
process.dlopen = (module, ...rest) => {
  load(module, ...rest)
  const isClass = (name) => /^[A-Z]/.test(name)
  wrap(module.exports, Object.keys(module.exports).filter((name) => !isClass(name)), 'native.') // prettier-ignore
}
