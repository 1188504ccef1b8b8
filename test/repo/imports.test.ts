// One way for imports to run: the table is docs/architecture.md's code map, as data.
import { dirname, join, normalize } from 'node:path/posix'
import * as assert from 'uvu/assert'
import { suite } from '../suite.ts'
import { listFiles, readSource } from './sources.ts'

/** Room → rooms it may import from, besides itself. */
const TYPESCRIPT: Record<string, string[]> = {
  manifest: [],
  kernel: [],
  plan: ['manifest', 'kernel'],
  picture: ['plan'],
  host: ['plan'],
  state: ['plan', 'host'],
  content: ['kernel', 'host', 'state', 'store'],
  run: ['manifest', 'kernel', 'plan', 'picture', 'host', 'state', 'store', 'content'],
  export: ['manifest', 'plan', 'run'],
  cli: ['manifest', 'kernel', 'plan', 'picture', 'host', 'state', 'store', 'content', 'run', 'export'],
}

/** `src/plan/` and `src/picture/` are pure: only these of Node's modules, which do no I/O. */
const PURE_MODULES = ['node:crypto', 'node:buffer']

const CPP: Record<string, string[]> = {
  base: [],
  memory: ['base'],
  kvm: ['base', 'memory'],
  bus: ['base', 'memory'],
  devices: ['base', 'memory', 'bus'],
  engine: ['base', 'memory', 'kvm', 'bus', 'devices'],
  binding: ['base', 'memory', 'kvm', 'bus', 'devices', 'engine'],
  sandbox: ['base'],
  keeper: ['base', 'sandbox'],
  unpack: ['base', 'sandbox'],
  agent: ['base'],
  vmm: ['base', 'memory', 'kvm', 'bus', 'devices', 'engine', 'sandbox', 'keeper'],
}

const test = suite('import directions')
const files = listFiles()

function importsOf(path: string): string[] {
  return [
    ...readSource(path).matchAll(/^(?:import|export)\b[^'\n]*?(?:\n[^'\n]*?)*?'([^'\n]+)'|\bimport\('([^']+)'\)/gm),
  ].map((match) => match[1] ?? match[2] ?? '')
}

for (const [room, allowed] of Object.entries(TYPESCRIPT)) {
  test(`src/${room} imports only from ${allowed.join(', ') || 'itself'}`, () => {
    const sources = files.filter((path) => path.startsWith(`src/${room}/`) && path.endsWith('.ts'))
    assert.ok(sources.length > 0, 'the room has files')
    for (const path of sources) {
      for (const target of importsOf(path).filter((name) => name.startsWith('.'))) {
        const resolved = normalize(join(dirname(path), target))
        const [, targetRoom, ...rest] = resolved.split('/')
        const atRoot = rest.length === 0 && targetRoom === 'volt-error.ts'
        assert.ok(
          atRoot || targetRoom === room || allowed.includes(targetRoom ?? '') || resolved.startsWith('schema/'),
          `${path} must not import ${target}`,
        )
      }
    }
  })
}

test('src/plan and src/picture do no I/O', () => {
  for (const path of files.filter((name) => /^src\/(plan|picture)\//.test(name) && name.endsWith('.ts'))) {
    for (const name of importsOf(path).filter((target) => target.startsWith('node:'))) {
      assert.ok(PURE_MODULES.includes(name), `${path} imports ${name}`)
    }
    assert.not.match(
      readSource(path),
      /\b(Date\.now|new Date|Math\.random|process\.env|process\.argv)\b/,
      `${path} is pure`,
    )
  }
})

test('only src/host loads the addon', () => {
  for (const path of files.filter((name) => /^(src|test)\/.*\.ts$/.test(name))) {
    if (/^(src\/host|test\/host|test\/addon|test\/repo)\//.test(path)) continue
    assert.not.match(readSource(path), /volt\.node['"`]/, `${path} names volt.node`)
  }
})

test('only src/cli prints', () => {
  for (const path of files.filter((name) => /^src\/.*\.ts$/.test(name) && !name.startsWith('src/cli/'))) {
    assert.not.match(readSource(path), /\bconsole\.\w+\(|process\.(stdout|stderr)\.write|process\.exit\b/, path)
  }
})

for (const [room, allowed] of Object.entries(CPP)) {
  test(`addon/${room} includes only ${allowed.join(', ') || 'itself'}`, () => {
    const sources = files.filter((path) => path.startsWith(`addon/${room}/`) && /\.(cc|h)$/.test(path))
    assert.ok(sources.length > 0, 'the room has files')
    for (const path of sources) {
      const text = readSource(path)
      for (const [, target = ''] of text.matchAll(/^#include "([^"]+)"/gm)) {
        const targetRoom = target.includes('/') ? target.split('/')[0] : room
        assert.ok(targetRoom === room || allowed.includes(targetRoom ?? ''), `${path} must not include ${target}`)
      }
      // The generator of seccomp filters wants KVM's numbers only, and is no part of the engine.
      if (room !== 'kvm' && path !== 'addon/sandbox/policy/generate.cc')
        assert.not.match(text, /#include <linux\/kvm\.h>/, `${path} includes linux/kvm.h`)
      if (room !== 'binding') assert.not.match(text, /#include <napi\.h>/, `${path} includes napi.h`)
    }
  })
}

test.run()
