// Modules of Node that take long to load, such as node:crypto, are loaded in the bundle when one of their functions is called:
// a plugin of esbuild that puts functions in place of theirs.
import * as childProcess from 'node:child_process'
import * as crypto from 'node:crypto'
import * as dgram from 'node:dgram'
import * as net from 'node:net'
import * as readline from 'node:readline'
import * as zlib from 'node:zlib'
import type { Plugin } from 'esbuild'

const LAZY: Record<string, object> = {
  'node:child_process': childProcess,
  'node:crypto': crypto,
  'node:dgram': dgram,
  'node:net': net,
  'node:readline': readline,
  'node:zlib': zlib,
}

/** util.promisify() gets of execFile what Node made for it. Names that are neither functions nor classes are not there. */
function stubOf(module: string): string {
  const functions = Object.entries(LAZY[module] ?? {}).filter(([, value]) => typeof value === 'function')
  const stub = (name: string): string => (/^[A-Z]/.test(name) ? 'laterClass' : 'later')
  return `
const custom = Symbol.for('nodejs.util.promisify.custom')
const later = (name) => {
  const stub = (...args) => require('${module}')[name](...args)
  return Object.defineProperty(stub, custom, { get: () => require('${module}')[name][custom] })
}
const laterClass = (name) =>
  new Proxy(function () {}, {
    construct: (_, args) => Reflect.construct(require('${module}')[name], args),
    get: (_, key) => require('${module}')[name][key],
  })
${functions.map(([name]) => `export const ${name} = /* @__PURE__ */ ${stub(name)}('${name}')`).join('\n')}`
}

export const lazyBuiltins: Plugin = {
  name: 'lazy built-in modules',
  setup(bundle) {
    const filter = new RegExp(`^(${Object.keys(LAZY).join('|')})$`)
    bundle.onResolve({ filter }, ({ path, namespace }) =>
      namespace === 'lazy' ? { path, external: true } : { path, namespace: 'lazy' },
    )
    bundle.onLoad({ filter: /./, namespace: 'lazy' }, ({ path }) => ({ contents: stubOf(path), loader: 'js' }))
  },
}
