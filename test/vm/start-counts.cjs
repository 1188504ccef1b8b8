// Loaded before a command by node --require: counts what its start reads and loads, into the file that VOLT_TEST_COUNTS names.
const fs = require('node:fs')
const { basename } = require('node:path')

const read = { cjs: 0, cache: 0 }
const readFileSync = fs.readFileSync
fs.readFileSync = (path, ...options) => {
  const content = readFileSync(path, ...options)
  const [, kind] = /^volt\.[a-z]+\.(cjs|cache)$/.exec(basename(String(path))) ?? []
  if (kind !== undefined) read[kind] += content.length
  return content
}
process.on('exit', () => {
  const counts = {
    'bytes of program': read.cjs,
    'bytes of code cache': read.cache,
    'built-in modules': process.moduleLoadList.length,
  }
  fs.writeFileSync(process.env.VOLT_TEST_COUNTS, JSON.stringify(counts))
})
