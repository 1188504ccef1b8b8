// Rules of the house that a script can hold: sizes, names, generated files, what must not be committed.
import { execFileSync } from 'node:child_process'
import * as assert from 'uvu/assert'
import { suite } from '../suite.ts'
import { listFiles, readSource, root } from './sources.ts'

const test = suite('house rules')
const files = listFiles()
const sources = files.filter((path) => /\.(ts|cc|h|c|S)$/.test(path) && !path.endsWith('.gen.ts'))

/** Files past 300 lines, each with its reason. */
const LONG_FILES: Record<string, string> = {}

test('no source file is longer than 300 lines without a reason', () => {
  for (const path of sources) {
    const lines = readSource(path).split('\n').length
    assert.ok(lines <= 300 || path in LONG_FILES, `${path} has ${lines} lines`)
  }
  for (const path of Object.keys(LONG_FILES)) assert.ok(files.includes(path), `${path} is listed and gone`)
})

test('every source file that is no test says in its first line what it is for', () => {
  for (const path of sources.filter((name) => !name.startsWith('test/')))
    assert.match(readSource(path), /^(#![^\n]*\n)?(\/\/|\/\*|#) ?\S/, path)
})

test('generated types follow from the schemas', () => {
  execFileSync(process.execPath, ['--import', 'tsx', 'scripts/generate-types.ts', '--check'], {
    cwd: root,
    stdio: 'pipe',
  })
})

test('the tree type-checks', () => {
  execFileSync('npx', ['--no-install', 'tsc', '-p', '.'], { cwd: root, stdio: 'pipe' })
})

test('lint finds nothing', () => {
  execFileSync('npx', ['--no-install', 'eslint', '--max-warnings', '0', '.'], { cwd: root, stdio: 'pipe' })
})

test('every file is formatted', () => {
  execFileSync('npx', ['--no-install', 'prettier', '--check', '.'], { cwd: root, stdio: 'pipe' })
  const cpp = files.filter((path) => /^(addon|test)\/.*\.(cc|h)$/.test(path))
  execFileSync('clang-format', ['--dry-run', '--Werror', ...cpp], { cwd: root, stdio: 'pipe' })
})

test('there are no default exports, enums or rooms called utils', () => {
  for (const path of files.filter((name) => /^src\/.*\.ts$/.test(name))) {
    assert.not.match(readSource(path), /^export default/m, path)
    assert.not.match(path, /utils?|helpers?\.ts|misc/, path)
    assert.match(path, /^[a-z0-9/.-]+$/, `${path} is not kebab-case`)
  }
})

test('no file names a package registry or an absolute path of a build machine', () => {
  for (const path of files.filter((name) => name !== 'test/repo/house.test.ts')) {
    const text = readSource(path)
    assert.not.match(text, /(registry|deb|security|snapshot)\.[a-z]+\.org/, path)
    assert.not.match(text, /(^|[^A-Za-z0-9_.-])\/(work|home\/[a-z]+)\//, path)
  }
})

test.run()
