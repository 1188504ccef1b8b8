// Writes what follows from schema/*.json: types, for the pure compiler the plan's schema itself, and the manifest's schema as
// it is published, for files as people write them. With --check it fails when a written file is stale.
import { readFile, writeFile } from 'node:fs/promises'
import { compile, type JSONSchema } from 'json-schema-to-typescript'
import { withHovers } from './field-hovers.ts'
import { manifestFileSchema } from './manifest-file-schema.ts'

const TARGETS = [
  { schema: 'schema/manifest.schema.json', types: 'src/manifest/manifest.gen.ts' },
  { schema: 'schema/cpu-template.schema.json', types: 'src/manifest/cpu-template.gen.ts' },
  { schema: 'schema/lock.schema.json', types: 'src/manifest/lock.gen.ts' },
  { schema: 'schema/boot-plan.schema.json', types: 'src/plan/boot-plan.gen.ts' },
  { schema: 'schema/host-facts.schema.json', types: 'src/plan/host-facts.gen.ts' },
] as const

const root = new URL('../', import.meta.url)

async function typesOf(schemaPath: string): Promise<string> {
  const schema = JSON.parse(await readFile(new URL(schemaPath, root), 'utf8')) as JSONSchema
  requireAll(schema)
  const types = await compile(schema, String(schema.title), {
    bannerComment: `// Generated from ${schemaPath} by \`npm run generate\`; edit the schema instead.`,
    additionalProperties: false,
    ignoreMinAndMaxItems: true,
    style: { semi: false, singleQuote: true, printWidth: 120 },
  })
  return types.replaceAll(/@minItems (\d+)/g, 'At least $1.').replaceAll(/@maxItems (\d+)/g, 'At most $1.')
}

/** What `else` requires, whole documents have: types are of manifests that are composed. */
function requireAll(schema: JSONSchema): void {
  const { else: whole } = schema as { else?: { required: string[] } }
  if (whole !== undefined) schema.required = [...((schema.required as string[] | undefined) ?? []), ...whole.required]
}

/** A schema as a module, for a room that does no I/O. */
const SCHEMA_MODULE = { schema: 'schema/boot-plan.schema.json', module: 'src/plan/boot-plan-schema.gen.ts' }

async function schemaModule(schemaPath: string): Promise<string> {
  const text = await readFile(new URL(schemaPath, root), 'utf8')
  const banner = `// Generated from ${schemaPath} by \`npm run generate\`; edit the schema instead.`
  return `${banner}\nexport const bootPlanSchema = ${text.trimEnd()}\n`
}

async function fileSchema(): Promise<string> {
  const text = await readFile(new URL('schema/manifest.schema.json', root), 'utf8')
  return `${JSON.stringify(manifestFileSchema(withHovers(JSON.parse(text))), undefined, 2)}\n`
}

const written = [
  ...TARGETS.map(({ schema, types }) => ({ path: types, make: () => typesOf(schema) })),
  { path: SCHEMA_MODULE.module, make: () => schemaModule(SCHEMA_MODULE.schema) },
  { path: 'schema/manifest-file.schema.json', make: fileSchema },
]

const check = process.argv.includes('--check')
let stale = 0
for (const { path, make } of written) {
  const wanted = await make()
  const target = new URL(path, root)
  if (!check) await writeFile(target, wanted)
  else if (wanted !== (await readFile(target, 'utf8').catch(() => ''))) {
    console.error(`${path} is stale: run \`npm run generate\``)
    stale++
  }
}
process.exitCode = stale > 0 ? 1 : 0
