// Writes the TypeScript types that follow from schema/*.json; with --check it fails when a written file is stale.
import { readFile, writeFile } from 'node:fs/promises'
import { compile, type JSONSchema } from 'json-schema-to-typescript'

const TARGETS = [
  { schema: 'schema/manifest.schema.json', types: 'src/manifest/manifest.gen.ts' },
  { schema: 'schema/boot-plan.schema.json', types: 'src/plan/boot-plan.gen.ts' },
  { schema: 'schema/host-facts.schema.json', types: 'src/plan/host-facts.gen.ts' },
] as const

const root = new URL('../', import.meta.url)

async function typesOf(schemaPath: string): Promise<string> {
  const schema = JSON.parse(await readFile(new URL(schemaPath, root), 'utf8')) as JSONSchema
  return compile(schema, String(schema.title), {
    bannerComment: `// Generated from ${schemaPath} by \`npm run generate\`; edit the schema instead.`,
    additionalProperties: false,
    ignoreMinAndMaxItems: true,
    style: { semi: false, singleQuote: true, printWidth: 120 },
  })
}

const check = process.argv.includes('--check')
let stale = 0
for (const { schema, types } of TARGETS) {
  const wanted = await typesOf(schema)
  const target = new URL(types, root)
  if (!check) await writeFile(target, wanted)
  else if (wanted !== (await readFile(target, 'utf8').catch(() => ''))) {
    console.error(`${types} is stale: run \`npm run generate\``)
    stale++
  }
}
process.exitCode = stale > 0 ? 1 : 0
