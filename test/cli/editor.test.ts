// Completion and hover of the YAML language server in a manifest that `volt init` wrote.
import { spawn, type ChildProcess } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import {
  createProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
  type ProtocolConnection,
} from 'vscode-languageserver-protocol/node'
import * as assert from 'uvu/assert'
import { suite } from '../suite.ts'
import { makeWorkplace, type Workplace } from './volt.ts'

const test = suite('a manifest in an editor')
const server = createRequire(import.meta.url).resolve('yaml-language-server/bin/yaml-language-server')
let place: Workplace
let child: ChildProcess
let connection: ProtocolConnection
let modeline: string

test.before(async () => {
  place = await makeWorkplace()
  await place.volt('init', 'vm.yaml')
  modeline = (await readFile(join(place.directory, 'vm.yaml'), 'utf8')).split('\n')[0] ?? ''
  child = spawn(process.execPath, [server, '--stdio'], { stdio: ['pipe', 'pipe', 'ignore'] })
  if (child.stdout === null || child.stdin === null) throw new Error('no streams')
  connection = createProtocolConnection(new StreamMessageReader(child.stdout), new StreamMessageWriter(child.stdin))
  connection.onRequest('workspace/configuration', ({ items }: { items: unknown[] }) => items.map(() => null))
  connection.onRequest('client/registerCapability', () => null)
  connection.listen()
  const rootUri = pathToFileURL(place.directory).href
  const capabilities = { textDocument: { hover: { contentFormat: ['markdown'] }, completion: {} } }
  await connection.sendRequest('initialize', { processId: process.pid, rootUri, capabilities })
  await connection.sendNotification('initialized', {})
})
test.after(async () => {
  connection.dispose()
  child.kill()
  await place.remove()
})

const HEAD = 'apiVersion: volt/v1\nkind: MicroVM\nmetadata: { name: vm }\nkernel:\n  image: builtin:hello\n'
let count = 0

/** Asks at the place of the mark `‸` in a manifest. */
async function askAt<Answer>(method: string, marked: string): Promise<Answer> {
  const text = `${modeline}\n${HEAD}${marked}`
  const before = text.slice(0, text.indexOf('‸')).split('\n')
  const uri = pathToFileURL(join(place.directory, `ask${count++}.yaml`)).href
  const textDocument = { uri, languageId: 'yaml', version: 1, text: text.replace('‸', '') }
  await connection.sendNotification('textDocument/didOpen', { textDocument })
  const position = { line: before.length - 1, character: before.at(-1)?.length ?? 0 }
  return connection.sendRequest<Answer>(method, { textDocument: { uri }, position })
}

async function complete(marked: string): Promise<string[]> {
  const { items } = await askAt<{ items: { label: string }[] }>('textDocument/completion', marked)
  return items.map(({ label }) => label)
}

async function hover(marked: string): Promise<string> {
  const found = await askAt<{ contents: { value: string } } | null>('textDocument/hover', marked)
  return found?.contents.value ?? ''
}

test('offers the fields of a manifest that are not there yet', async () => {
  const labels = await complete('me‸\n')
  assert.ok(labels.includes('memory'), labels.join())
  assert.ok(labels.includes('stopTimeout'))
  assert.not(labels.includes('kernel'))
})

test('offers the fields of an entry of a list, and of what is in it', async () => {
  const disk = await complete('disks:\n  - name: root\n    path: ./root.img\n    ‸\n')
  for (const name of ['overlay', 'rateLimit', 'cache']) assert.ok(disk.includes(name), disk.join())
  assert.not(disk.includes('path'))
  const limit = await complete('disks:\n  - name: root\n    path: ./root.img\n    rateLimit:\n      ‸\n')
  assert.ok(limit.includes('bandwidth') && limit.includes('ops'), limit.join())
})

test('offers the words that a value may be', async () => {
  const words = await complete('sandbox: ‸\n')
  // In quotes: to YAML 1.1 off is no word.
  for (const word of ['strict', 'best-effort', '"off"']) assert.ok(words.includes(word), words.join())
})

test('shows what a field is, its default and what a change takes', async () => {
  const text = await hover('mem‸ory: 1GiB\n')
  assert.match(text, 'Guest memory with its unit')
  assert.match(text, 'Default: `128MiB`')
  assert.match(text, 'Change: **restart**, memory is made with the machine')
})

test('shows it inside a list, where the schema has the field by reference too', async () => {
  const text = await hover('disks:\n  - name: root\n    path: ./a\n    rateLimit:\n      band‸width: 1MiB/s\n')
  assert.match(text, 'Bytes a second, or a rate with the burst')
  assert.match(text, 'Change: **live**')
})

test.run()
