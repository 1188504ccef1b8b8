// Makes dist/bin/volt.cjs, the command line: one file with all that it needs but the native parts, schemas compiled beforehand,
// and beside it what V8 made of the code, so that Node parses and compiles next to nothing at a start.
import { spawnSync } from 'node:child_process'
import { access, chmod, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Ajv, ValidateFunction } from 'ajv'
import standaloneCode from 'ajv/dist/standalone/index.js'
import { build, type BuildOptions, type Plugin } from 'esbuild'
import { compileSchema } from '../src/manifest/compile-schema.ts'
import { checkedSchema, FORMATS } from '../src/manifest/schema.ts'
import { compileEnvelope } from '../src/plan/compile-envelope.ts'

const path = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url))
const CODE = { source: true, esm: true }
const VALIDATOR = 'volt-validator'

const validators: Record<string, { ajv: Ajv; validate: ValidateFunction }> = {
  envelope: compileEnvelope(CODE),
  ...Object.fromEntries(FORMATS.map((format) => [format, compileSchema(format, checkedSchema(format), CODE)])),
}

/** What stands in place of the modules that compile schemas. */
const COMPILED: Record<string, string> = {
  'src/manifest/compile-schema.ts': [
    ...FORMATS.map((format, index) => `import format${index} from '${VALIDATOR}:${format}'`),
    `const validators = { ${FORMATS.map((format, index) => `'${format}': format${index}`).join(', ')} }`,
    'export const compileSchema = (format) => ({ validate: validators[format] })',
  ].join('\n'),
  'src/plan/compile-envelope.ts': [
    `import validate from '${VALIDATOR}:envelope'`,
    'export const compileEnvelope = () => ({ validate })',
  ].join('\n'),
}

const compiledSchemas: Plugin = {
  name: 'compiled schemas',
  setup(bundle) {
    for (const [file, contents] of Object.entries(COMPILED)) {
      const filter = new RegExp(`/${file.replaceAll('.', '\\.')}$`)
      bundle.onLoad({ filter }, () => ({ contents, loader: 'js', resolveDir: path('.') }))
    }
    bundle.onResolve({ filter: new RegExp(`^${VALIDATOR}:`) }, ({ path }) => ({ path, namespace: VALIDATOR }))
    bundle.onLoad({ filter: /./, namespace: VALIDATOR }, (module) => {
      const { ajv, validate } = validators[module.path.slice(VALIDATOR.length + 1)] ?? {}
      if (ajv === undefined || validate === undefined) throw new Error(`no schema ${module.path}`)
      return { contents: standaloneCode.default(ajv, validate), loader: 'js', resolveDir: path('.') }
    })
  },
}

/** The licences of what a bundle has of other packages, by its inputs. */
async function licencesOf(inputs: string[]): Promise<string> {
  const packages = inputs.map((input) => /.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? '')
  const texts = [...new Set(packages)]
    .filter(Boolean)
    .sort()
    .map(async (directory) => {
      const file = (await readdir(path(directory))).find((name) => /^licen[cs]e/i.test(name))
      if (file === undefined) throw new Error(`${directory} has no licence`)
      return `${directory.replace(/.*node_modules\//, '')}\n\n${(await readFile(path(`${directory}/${file}`), 'utf8')).trim()}\n`
    })
  return (await Promise.all(texts)).join(`\n${'-'.repeat(80)}\n\n`)
}

await rm(path('dist/bin'), { recursive: true, force: true })
const common: BuildOptions = { bundle: true, platform: 'node', format: 'cjs', target: 'node20', logLevel: 'warning' }
const { metafile } = await build({
  ...common,
  entryPoints: [path('src/cli/main.ts')],
  outfile: path('dist/bin/volt.bundle.cjs'),
  minifySyntax: true,
  minifyIdentifiers: true,
  minifyWhitespace: true,
  legalComments: 'none',
  metafile: true,
  define: { 'import.meta.url': 'bundleUrl' },
  banner: { js: "const bundleUrl = require('node:url').pathToFileURL(__filename).href" },
  plugins: [compiledSchemas],
})
await build({
  ...common,
  entryPoints: [path('scripts/launcher.ts')],
  outfile: path('dist/bin/volt.cjs'),
  define: { 'import.meta.dirname': '__dirname' },
  banner: { js: '#!/usr/bin/env node' },
})
await writeFile(path('dist/bin/LICENSES.txt'), await licencesOf(Object.keys(metafile.inputs)))
await chmod(path('dist/bin/volt.cjs'), 0o755)
// What a start needs is compiled during one, which needs nothing of the host.
const facts = path('test/fixtures/host-facts/amd-epyc-pvm.json')
const words = ['plan', '--host-facts', facts, path('manifests/hello.yaml')]
const { status, stderr } = spawnSync(process.execPath, [path('dist/bin/volt.cjs'), ...words], {
  env: { ...process.env, VOLT_WRITE_CODE_CACHE: '1' },
  encoding: 'utf8',
})
if (status !== 0) throw new Error(`the bundle does not run: ${stderr}`)
await access(path('dist/bin/volt.cache'))
