// Schemas compiled to functions when the bundle is made: a plugin of esbuild that puts them in place of the modules that compile.
import { fileURLToPath } from 'node:url'
import type { Ajv, ValidateFunction } from 'ajv'
import standaloneCode from 'ajv/dist/standalone/index.js'
import type { Plugin } from 'esbuild'
import { compileFactsSchema } from '../src/host/compile-facts-schema.ts'
import { compileSchema } from '../src/manifest/compile-schema.ts'
import { checkedSchema, FORMATS } from '../src/manifest/schema.ts'
import { compileEnvelope } from '../src/plan/compile-envelope.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const CODE = { source: true }
const VALIDATOR = 'volt-validator'

const validators: Record<string, { ajv: Ajv; validate: ValidateFunction }> = {
  envelope: compileEnvelope(CODE),
  facts: compileFactsSchema(CODE),
  ...Object.fromEntries(FORMATS.map((format) => [format, compileSchema(format, checkedSchema(format), CODE)])),
}

/** What stands in place of the modules that compile schemas; a validator is run when it is asked for. */
const COMPILED: Record<string, string> = {
  'src/manifest/compile-schema.ts': [
    `const validators = { ${FORMATS.map((format) => `'${format}': () => require('${VALIDATOR}:${format}')`).join(', ')} }`,
    'export const compileSchema = (format) => ({ validate: validators[format]() })',
  ].join('\n'),
  'src/plan/compile-envelope.ts': `export const compileEnvelope = () => ({ validate: require('${VALIDATOR}:envelope') })`,
  'src/host/compile-facts-schema.ts': `export const compileFactsSchema = () => ({ validate: require('${VALIDATOR}:facts') })`,
}

export const compiledSchemas: Plugin = {
  name: 'compiled schemas',
  setup(bundle) {
    for (const [file, contents] of Object.entries(COMPILED)) {
      const filter = new RegExp(`/${file.replaceAll('.', '\\.')}$`)
      bundle.onLoad({ filter }, () => ({ contents, loader: 'js', resolveDir: ROOT }))
    }
    bundle.onResolve({ filter: new RegExp(`^${VALIDATOR}:`) }, ({ path }) => ({ path, namespace: VALIDATOR }))
    bundle.onLoad({ filter: /./, namespace: VALIDATOR }, (module) => {
      const { ajv, validate } = validators[module.path.slice(VALIDATOR.length + 1)] ?? {}
      if (ajv === undefined || validate === undefined) throw new Error(`no schema ${module.path}`)
      return { contents: standaloneCode.default(ajv, validate), loader: 'js', resolveDir: ROOT }
    })
  },
}
