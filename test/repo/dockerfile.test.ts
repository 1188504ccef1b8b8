// The image that Pods run, as far as it can be checked without building it.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { CONTAINER_USER } from '../../src/export/container-jail.ts'
import { STATE_HOME } from '../../src/export/container-paths.ts'
import { suite } from '../suite.ts'
import { listFiles, root } from './sources.ts'

const test = suite('docker/Dockerfile')
const text = readFileSync(join(root, 'docker/Dockerfile'), 'utf8').replaceAll(/\\\n\s*/g, '')
const instructions = text.split('\n').filter((line) => /^[A-Z]/.test(line))
const files = listFiles()

test('what is copied is in the repository and in the context, or made by a stage before', () => {
  const allowed =
    readFileSync(join(root, '.dockerignore'), 'utf8')
      .match(/^!.*$/gm)
      ?.map((line) => line.slice(1)) ?? []
  let copied = 0
  for (const line of instructions.filter((each) => each.startsWith('COPY '))) {
    const [, from, words = ''] = /^COPY (?:--from=(\S+) )?(.*)$/.exec(line) ?? []
    for (const source of words.split(' ').slice(0, -1)) {
      copied++
      if (from !== undefined) {
        assert.ok(instructions.includes(`FROM \${BASE} AS ${from}`), line)
        continue
      }
      assert.ok(files.some((path) => path === source || path.startsWith(`${source}/`)), `${source} is in the repository`) // prettier-ignore
      assert.ok(
        allowed.some((path) => source === path || source.startsWith(`${path}/`)),
        `${source} is in the context`,
      )
    }
  }
  assert.ok(copied > 10, 'there is something to copy')
})

test('it runs as the user and with the state of an export, and no build tool stays', () => {
  assert.ok(instructions.includes(`USER ${CONTAINER_USER}:${CONTAINER_USER}`))
  assert.match(text, `XDG_STATE_HOME=${STATE_HOME}\n`)
  const last = text.slice(text.lastIndexOf('\nFROM '))
  assert.not.match(last, /g\+\+|cmake|npm ci/)
  for (const line of instructions.filter((each) => each.includes('apt-get install'))) {
    assert.match(line, '--no-install-recommends')
    assert.match(line, 'rm -rf /var/lib/apt/lists/*')
  }
})

test.run()
