// From the chunks that esbuild splits a program into to a few packs: texts that are objects of functions, one a chunk, which
// scripts/launcher.ts calls as they are asked for.
import { basename } from 'node:path'
import { transform, type Metafile, type OutputFile } from 'esbuild'

/** Entry points by the name of their pack, in the order in which packs take what they share. */
export type PackPlan = Record<string, readonly string[]>

/** The pack of all chunks that no plan has. */
const REST = 'rest'

/** Texts by the name of the pack. The first entry point of the plan is the chunk `main` of its pack. */
export async function packsOf(
  files: readonly OutputFile[],
  { outputs }: Metafile,
  plan: PackPlan,
): Promise<Map<string, string>> {
  const packOf = new Map<string, string>()
  for (const [pack, entries] of Object.entries(plan)) {
    for (const entry of entries) place(outputOf(entry, outputs), pack, outputs, packOf)
  }
  const [main = ''] = Object.values(plan).flat()
  const names = new Map(
    Object.keys(outputs).map((output) => {
      const name = output === outputOf(main, outputs) ? 'main' : basename(output, '.js')
      return [`./${basename(output)}`, `./${packOf.get(output) ?? REST}/${name}`]
    }),
  )
  const texts = new Map<string, string[]>()
  for (const { path, text } of files) {
    const [, pack = '', name = ''] = names.get(`./${basename(path)}`)?.split('/') ?? []
    const { code } = await transform(text, {
      format: 'cjs',
      platform: 'node',
      target: 'node20',
      minify: true,
      supported: { 'dynamic-import': false },
    })
    const placed = code.replace(/"(\.\/[^"/]+\.js)"/g, (word, id: string) => JSON.stringify(names.get(id) ?? id))
    texts.set(pack, [
      ...(texts.get(pack) ?? []),
      `${JSON.stringify(name)}(require,module,exports,bundleUrl){${placed}}`,
    ])
  }
  return new Map([...texts].map(([pack, parts]) => [pack, `({${parts.join(',\n')}})`]))
}

/** Puts a chunk and what it cannot do without into a pack. */
function place(output: string, pack: string, outputs: Metafile['outputs'], packOf: Map<string, string>): void {
  if (packOf.has(output)) return
  packOf.set(output, pack)
  for (const { path, kind, external } of outputs[output]?.imports ?? []) {
    if (kind === 'import-statement' && !external) place(path, pack, outputs, packOf)
  }
}

function outputOf(entry: string, outputs: Metafile['outputs']): string {
  const found = Object.entries(outputs).find(([, { entryPoint }]) => entryPoint === entry)
  if (found === undefined) throw new Error(`no chunk begins with ${entry}`)
  return found[0]
}
