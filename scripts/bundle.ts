// Makes dist/bin/volt.cjs, the command line: with all that it needs but the native parts, in a few packs of which a command reads
// those that it needs, schemas compiled beforehand, and beside each pack what V8 made of it, so that Node parses and compiles
// next to nothing at a start.
import { spawnSync } from 'node:child_process'
import { access, chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type BuildOptions } from 'esbuild'
import { compiledSchemas } from './compiled-schemas.ts'
import { lazyBuiltins } from './lazy-builtins.ts'
import { packsOf, type PackPlan } from './packs.ts'

const path = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url))

/** Each has what its modules need and no pack before it has. */
const PACKS: PackPlan = {
  start: ['src/cli/main.ts', 'src/cli/actions/ps.ts'],
  validate: ['src/cli/actions/validate.ts'],
  apply: ['src/cli/actions/apply.ts', 'src/cli/actions/plan.ts'],
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
await mkdir(path('dist/bin'), { recursive: true })
const common: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  logLevel: 'warning',
  legalComments: 'none',
}
const { outputFiles, metafile } = await build({
  ...common,
  entryPoints: [path('src/cli/main.ts')],
  absWorkingDir: path('.'),
  format: 'esm',
  splitting: true,
  outdir: path('dist/bin'),
  write: false,
  minify: true,
  metafile: true,
  define: { 'import.meta.url': 'bundleUrl' },
  plugins: [compiledSchemas, lazyBuiltins],
})
const packs = await packsOf(outputFiles, metafile, PACKS)
for (const [name, text] of packs) {
  // The launcher reads one byte a character; esbuild leaves regular expressions as they are.
  if (!/^\p{ASCII}*$/u.test(text)) throw new Error(`the pack ${name} is not ASCII`)
  await writeFile(path(`dist/bin/volt.${name}.cjs`), text)
}
await build({
  ...common,
  entryPoints: [path('scripts/launcher.ts')],
  format: 'cjs',
  outfile: path('dist/bin/volt.cjs'),
  define: { 'import.meta.dirname': '__dirname' },
  banner: { js: '#!/usr/bin/env node' },
})
await writeFile(path('dist/bin/LICENSES.txt'), await licencesOf(Object.keys(metafile.inputs)))
await chmod(path('dist/bin/volt.cjs'), 0o755)

// What commands need is compiled while they do what needs nothing of the host.
const state = await mkdtemp(join(tmpdir(), 'volt-bundle-'))
const facts = path('test/fixtures/host-facts/amd-epyc-pvm.json')
for (const words of [
  ['plan', '--host-facts', facts, path('manifests/hello.yaml')],
  ['completion', 'bash'],
]) {
  const { status, stderr } = spawnSync(process.execPath, [path('dist/bin/volt.cjs'), ...words], {
    env: { ...process.env, XDG_STATE_HOME: state, VOLT_WRITE_CODE_CACHE: '1' },
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`the bundle does not run: ${stderr}`)
}
await rm(state, { recursive: true })
for (const name of packs.keys()) await access(path(`dist/bin/volt.${name}.cache`))
