// What editors show of a manifest's fields: Markdown for hovering, with text, default, and what a change takes.
import type { SchemaNode } from '../src/manifest/schema.ts'
import { fieldClass } from '../src/run/change-classes.ts'

type Node = SchemaNode & { markdownDescription?: string }

/** A copy. References of fields are written out, since a definition does not know where it is used. */
export function withHovers(manifest: unknown): object {
  const schema = structuredClone(manifest) as Node
  const { definitions = {} } = schema
  const resolve = (node: Node): Node => {
    const name = node.$ref?.slice('#/definitions/'.length)
    return name === undefined ? node : (structuredClone(definitions[name]) ?? node)
  }
  describe(schema, '', resolve)
  const used = Object.entries(definitions).filter(([name]) =>
    JSON.stringify(schema).includes(`"#/definitions/${name}"`),
  )
  return { ...schema, definitions: Object.fromEntries(used) }
}

function describe(node: Node, path: string, resolve: (node: Node) => Node): void {
  for (const [name, part] of Object.entries(node.properties ?? {})) {
    const field = path === '' ? name : `${path}.${name}`
    const resolved = resolve(part)
    node.properties = { ...node.properties, [name]: withMarkdown(resolved, field) }
    describe(resolved, field, resolve)
  }
  for (const variant of [...(node.oneOf ?? []), ...(node.anyOf ?? [])]) describe(variant, path, resolve)
  if (node.items !== undefined) describe(node.items, `${path}[]`, resolve)
}

function withMarkdown(node: Node, path: string): Node {
  const { class: name, withOwnOverlay, why } = fieldClass(path)
  const change = `Change: **${name}**${withOwnOverlay === undefined ? '' : `, **${withOwnOverlay}** with \`overlay: true\``}, ${why}.`
  const standard = node.default === undefined ? [] : [`Default: \`${plain(node.default)}\``]
  node.markdownDescription = [node.description, ...standard, change].join('\n\n')
  return node
}

function plain(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
